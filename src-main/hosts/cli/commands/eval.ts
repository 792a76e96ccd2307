import type { Command } from '../command.ts'
export const evaluation: Command = { summary: 'x', usage: '', options: {}, help: '', run: async () => 1 }
