import { connect, Index } from '@lancedb/lancedb'
import { cpSync } from 'node:fs'
const table = await (await connect('/tmp/finding-bench/1000000/hybrid')).openTable('passages')
const c = process.cpuUsage(); const s = performance.now()
await table.createIndex('vector', { config: Index.ivfRq({ distanceType: 'cosine', numBits: 4 }), replace: true })
const u = process.cpuUsage(c)
console.log('retrain', ((u.user+u.system)/1e6).toFixed(1), 's cpu', ((performance.now()-s)/1000).toFixed(1), 's wall', process.memoryUsage().rss/1e6)
const st = await table.indexStats('vector_idx'); console.log(st)
