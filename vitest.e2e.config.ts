import { defineConfig } from 'vitest/config'

/** End-to-end tests in a real browser against a real host: one file at a time, on built output. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.e2e.ts'],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
