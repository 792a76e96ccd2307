import { posix } from 'node:path'
import { parseXml } from './xml.ts'
import type { Archive } from './zip.ts'

/** The parts of an Office Open XML file that a part refers to: by id, with their kind and place in the archive. */
export function relations(archive: Archive, part: string): Map<string, { kind: string; target: string }> {
  const found = new Map<string, { kind: string; target: string }>()
  const { dir, base } = posix.parse(part)
  parseXml(archive.text(posix.join(dir, '_rels', `${base}.rels`)) ?? '', {
    open(name, { Id, Type = '', Target = '', TargetMode }) {
      if (name !== 'Relationship' || Id === undefined || TargetMode === 'External') return
      const place = Target.replaceAll('\\', '/')
      const target = place.startsWith('/') ? place.slice(1) : posix.join(dir, place)
      found.set(Id, { kind: Type.split('/').pop() ?? '', target })
    },
  })
  return found
}

/** The part that everything else hangs on, which nearly all programs call the same. */
export function mainPart(archive: Archive, usual: string): string {
  if (archive.names.includes(usual)) return usual
  const named = [...relations(archive, '').values()].find(({ kind }) => kind === 'officeDocument')
  return named?.target ?? usual
}
