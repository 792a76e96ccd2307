import { resolve } from 'node:path'
import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'electron-vite'

const from = (path: string) => resolve(import.meta.dirname, path)

export default defineConfig({
  main: {
    build: {
      outDir: 'out/main',
      // Flat: every module finds package.json and its entry points the same way, whichever chunk it lands in.
      rollupOptions: {
        input: {
          electron: from('src-main/hosts/electron/main.ts'),
          'service-process': from('src-main/hosts/electron/service-process.ts'),
          cli: from('src-main/hosts/cli/main.ts'),
          'web-service': from('src-main/hosts/web/service-process.ts'),
          'reading-worker': from('src-main/corpus/reading/worker.ts'),
          'training-process': from('src-main/service/runs/process.ts'),
          'hash-worker': from('src-main/models/hash-worker.ts'),
          'import-worker': from('src-main/models/import/worker.ts'),
          'self-test': from('src-main/inference/self-test/process.ts'),
        },
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' },
      },
    },
  },
  preload: {
    build: {
      outDir: 'out/preload',
      rollupOptions: {
        input: { index: from('src-main/hosts/electron/preload.ts') },
        output: { format: 'cjs', entryFileNames: '[name].cjs' },
      },
    },
  },
  renderer: {
    root: from('src-renderer'),
    resolve: { alias: { '@': from('src-renderer') } },
    plugins: [react(), tailwindcss()],
    worker: { format: 'es' },
    build: {
      outDir: from('out/renderer'),
      minify: true,
      rollupOptions: { input: { index: from('src-renderer/index.html') } },
    },
  },
})
