import { defineConfig } from 'vitest/config'

/** Unit and property tests, mirroring the source tree. Real components, so some take seconds. */
export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
})
