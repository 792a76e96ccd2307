import { Template } from '@huggingface/jinja'
import { appError } from '../contract/index.ts'

/** A rendered conversation opening: special tokens may stand in `before` and `after`, never in `content`. */
export interface RenderedPrompt {
  before: string
  content: string
  after: string
}

/** What a template may ask for. */
export interface TemplateTokens {
  bos: string
  eos: string
}

const MARK = '\u{F8FF}lagotto-content\u{F8FF}'

/**
 * Renders one user message through a model's chat template (Jinja, as Hugging Face's `apply_chat_template` with
 * `add_generation_prompt`). The user's text is told apart from the template's, so that control tokens spelled out in
 * a question stay plain text.
 *
 * @throws {AppError} MODEL_NO_CHAT_TEMPLATE when the template cannot be used
 */
export function renderPrompt(template: string, message: string, tokens: TemplateTokens): RenderedPrompt {
  try {
    const compiled = new Template(template)
    const render = (content: string): string =>
      compiled.render({
        messages: [{ role: 'user', content }],
        add_generation_prompt: true,
        bos_token: tokens.bos,
        eos_token: tokens.eos,
        enable_thinking: false,
      })
    const marked = render(MARK)
    const at = marked.indexOf(MARK)
    if (at < 0) throw new Error('the template does not show the user message')
    const before = marked.slice(0, at)
    const after = marked.slice(at + MARK.length)
    const whole = render(message)
    if (!whole.startsWith(before) || !whole.endsWith(after)) throw new Error('the template changes with the message')
    return { before, content: whole.slice(before.length, whole.length - after.length), after }
  } catch (error) {
    throw appError(
      'MODEL_NO_CHAT_TEMPLATE',
      'The chat template of this model cannot be used.',
      'Choose another version of the model.',
      { detail: String(error), cause: error },
    )
  }
}
