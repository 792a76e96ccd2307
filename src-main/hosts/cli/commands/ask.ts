import { type Command, phrase, UsageError } from '../command.ts'

export const ask: Command = {
  summary: 'Ask a question and watch the model search, read and answer',
  usage: '"question" [--library NAME | --sample] [--model FILE]',
  options: { library: { type: 'string' }, model: { type: 'string' }, sample: { type: 'boolean' } },
  help: `  --library NAME   The library to ask about. Without it: the one you use
  --sample         The sample library; without a question, its first suggestion is asked
  --model FILE     A GGUF file to answer with, or a model on a server: remote:NAME. Without it: what was taught for the
                   library, else the one you use`,
  async run(invocation) {
    const { values, positionals } = invocation
    if (values['sample'] && values['library'] !== undefined)
      throw new UsageError('--sample and --library exclude each other.')
    const question = values['sample'] && positionals.length === 0 ? null : phrase(positionals, 'The question')
    const { askQuestion } = await import('../asking.ts')
    return askQuestion(invocation, question)
  },
}
