import PostalMime, { type Address, type Email } from 'postal-mime'
import { collapsed, type FormatReader, fileTitle, TextLayout } from './document.ts'
import { fileErrors } from './errors.ts'
import { layOutMarkup } from './html.ts'

/** Parts inside of parts; real messages have a handful. */
const MAX_NESTING = 50
const MAX_HEADERS_BYTES = 1_000_000
/** What begins a message of a mailbox (RFC 4155), at its beginning or after an empty line. */
const MBOX_LINE = /(?<=^|\n\r?\n)From [^\n]*\d{4}[^\n]*\n/g

const listed = (addresses: readonly Address[] | undefined): string =>
  (addresses ?? [])
    .flatMap((entry) => entry.group ?? [entry])
    .map(({ name, address }) => (name && address ? `${name} <${address}>` : name || address || ''))
    .join(', ')

/** Lays out one message: its subject as a heading, sender and so on, the text, the names of what is attached. */
function addMessage(email: Email, layout: TextLayout): void {
  layout.heading(1, email.subject ?? '')
  const sent = email.date ? new Date(email.date) : null
  const head = {
    From: email.from ? listed([email.from]) : '',
    To: listed(email.to),
    Cc: listed(email.cc),
    Date: sent && !Number.isNaN(sent.getTime()) ? sent.toISOString() : (email.date ?? ''),
  }
  const lines = Object.entries(head).flatMap(([name, value]) => (value ? [`${name}: ${collapsed(value)}`] : []))
  layout.block(lines.join('\n'))
  if (email.text?.trim()) layout.block(email.text.replace(/\r\n?/g, '\n'))
  else if (email.html) layOutMarkup(email.html, layout)
  const attached = email.attachments.map(
    ({ filename, mimeType }) => `- ${collapsed(filename ?? 'without a name')} (${mimeType})`,
  )
  if (attached.length > 0) layout.block(['Attachments:', ...attached].join('\n'))
}

const parsed = (bytes: Uint8Array): Promise<Email> =>
  PostalMime.parse(bytes, { maxNestingDepth: MAX_NESTING, maxHeadersSize: MAX_HEADERS_BYTES }).catch(
    (error: unknown) => {
      throw error instanceof RangeError ? error : fileErrors.damaged(error)
    },
  )

/** An e-mail (RFC 5322, MIME). What is attached is listed, not read. */
export const readEml: FormatReader = async (bytes, path) => {
  const layout = new TextLayout()
  const email = await parsed(bytes)
  addMessage(email, layout)
  return layout.document(collapsed(email.subject ?? '') || fileTitle(path))
}

/** A mailbox (RFC 4155): a collection of messages. */
export const readMbox: FormatReader = async (bytes, path, onPart, recognition) => {
  const source = Buffer.from(bytes).toString('latin1')
  const starts = [...source.matchAll(MBOX_LINE)].map((match) => ({
    line: match.index,
    body: match.index + match[0].length,
  }))
  if (starts.length === 0) return readEml(bytes, path, onPart, recognition)
  const layout = new TextLayout()
  for (const [index, { body }] of starts.entries()) {
    const message = source.slice(body, starts[index + 1]?.line).replace(/^>(>*From )/gm, '$1')
    const email = await parsed(Buffer.from(message, 'latin1'))
    // each message is an article of the collection, and an article needs a heading
    addMessage({ ...email, subject: collapsed(email.subject ?? '') || `Message ${index + 1}` }, layout)
    onPart()
  }
  return layout.document(fileTitle(path), { collection: true })
}
