import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { temporaryDir } from '../support/app.ts'
import { pdf, twoColumns, xlsx } from '../support/documents.ts'
import { embeddingMetadata, rerankerParts, tokenizerOf, writeRandomModel } from '../support/gguf.ts'
import { describeApp, expectAccessible, goTo } from '../support/ui.ts'

const folder = join(temporaryDir(), 'harbor papers')
mkdirSync(folder, { recursive: true })
writeFileSync(
  join(folder, 'lighthouse.pdf'),
  pdf(
    [
      ['The harbor of Brill', 'A short history of its piers and of its people, told by those who worked there.'],
      ['The lighthouse of Brill was built in the year 1904 by Ilma Storr.'],
      ['Nothing on this page.'],
    ],
    'Harbor',
  ),
)
writeFileSync(join(folder, 'columns.pdf'), pdf([twoColumns], 'Work'))
const boats = [
  ['Name', 'Berth'],
  ['Heron', 'North pier'],
  ['Gull', 'South pier'],
]
writeFileSync(join(folder, 'boats.xlsx'), xlsx({ Boats: boats }))
writeFileSync(
  join(folder, 'rope.eml'),
  'From: Ilma <ilma@example.org>\nTo: Odo <odo@example.org>\nSubject: The rope\n\nBring forty fathoms of rope.\n',
)
writeFileSync(
  join(folder, 'keeper.md'),
  [
    '# The **keeper**',
    '',
    'The keeper of the lamp was [Odo Varr](https://example.org/odo), who *never* slept.',
    '<img src="x" onerror="document.title=\'owned\'"><script>document.title = "owned"</script>',
    '',
    '```html',
    '<img src="y" onerror="document.title=\'owned\'">',
    '```',
  ].join('\n'),
)

describeApp('Finding and reading', (app) => {
  afterAll(() => rmSync(join(folder, '..'), { recursive: true, force: true }))

  const search = async (words: string) => {
    const { page } = app()
    await page.getByRole('searchbox', { name: 'Search words' }).fill(words)
    await page.keyboard.press('Enter')
    // the hits of the search before stand there until those of this one come
    await page.locator('section[aria-label="Try a search"][aria-busy="false"]').waitFor()
    await page.getByRole('article').first().waitFor()
  }

  it('shows the page of a PDF with the passage marked, and its text when asked', async () => {
    const { page, choose } = app()
    await choose(page.getByRole('button', { name: 'Choose a folder of your own' }), folder)
    await page
      .getByRole('dialog', { name: /harbor papers/ })
      .getByRole('button', { name: 'Read 5 files' })
      .click()
    await page.getByRole('heading', { level: 2, name: 'harbor papers' }).waitFor()
    await page
      .getByText(/^5 documents/)
      .first()
      .waitFor()
    await page.getByRole('tab', { name: 'Try a search' }).click()
    await search('lighthouse built 1904')
    await page.getByRole('article').first().getByRole('button').click()
    const pane = page.getByRole('complementary', { name: 'Source' })
    await pane.getByRole('img', { name: 'Page 2' }).waitFor()
    await pane.locator('[data-mark]').first().waitFor()
    await expectAccessible(page, 'a page of a PDF')
    await pane.getByRole('button', { name: 'Text' }).click()
    await pane.locator('mark').filter({ hasText: 'built in the year 1904' }).waitFor()
    await page.keyboard.press('Escape')
  })

  it('marks every line of a passage in columns that the file has row by row', async () => {
    const { page } = app()
    await search('truffles under oaks')
    await page.getByRole('article').filter({ hasText: 'columns.pdf' }).getByRole('button').click()
    const pane = page.getByRole('complementary', { name: 'Source' })
    await pane.getByRole('img', { name: 'Page 1' }).waitFor()
    await pane.locator('[data-mark]').first().waitFor()
    const paper = await pane.getByRole('img', { name: 'Page 1' }).boundingBox()
    const boxes = await pane.locator('[data-mark]').all()
    const widths = await Promise.all(boxes.map(async (box) => (await box.boundingBox())?.width ?? 0))
    // a line in full is wider than this; one of which a part is marked is not
    const lines = widths.filter((width) => width > 0.18 * (paper?.width ?? 0))
    expect(lines).toHaveLength(2 * twoColumns.length)
    await page.keyboard.press('Escape')
  })

  it('shows a sheet as a table', async () => {
    const { page } = app()
    await search('Heron berth')
    await page.getByRole('article').filter({ hasText: 'boats.xlsx' }).getByRole('button').click()
    const pane = page.getByRole('complementary', { name: 'Source' })
    await pane.getByText('North pier', { exact: true }).waitFor()
    await pane.getByText('Berth', { exact: true }).waitFor()
    await page.keyboard.press('Escape')
  })

  it('shows a message with who wrote it to whom', async () => {
    const { page } = app()
    await search('fathoms of rope')
    const card = page.getByRole('article').filter({ hasText: 'rope.eml' })
    await card.locator('p').getByText('The rope', { exact: true }).waitFor()
    await card.getByRole('button').click()
    const pane = page.getByRole('complementary', { name: 'Source' })
    await pane.locator('mark').filter({ hasText: 'forty fathoms' }).waitFor()
    await pane.getByText('From: Ilma <ilma@example.org>').waitFor()
    await pane.getByText('To: Odo <odo@example.org>').waitFor()
    await page.keyboard.press('Escape')
  })

  it('shows a passage of Markdown as it is read, and nothing in it as markup of the page', async () => {
    const { page } = app()
    const title = await page.title()
    await search('keeper lamp Odo')
    const card = page.getByRole('article').filter({ hasText: 'keeper.md' })
    const text = ((await card.textContent()) ?? '').replaceAll(/\s+/g, ' ')
    expect(text).toContain('The keeper of the lamp was Odo Varr, who never slept.')
    expect(text).toContain('<img src="y"')
    expect(text).not.toMatch(/\*|\]\(|# The|```|src="x"/)
    expect(await card.locator('img, script').count()).toBe(0)
    await card.getByRole('button').click()
    const pane = page.getByRole('complementary', { name: 'Source' })
    await pane.locator('mark').filter({ hasText: 'never' }).first().waitFor()
    expect(await pane.locator('img, script').count()).toBe(0)
    expect(await page.title()).toBe(title)
    await page.keyboard.press('Escape')
  })

  it('searches only some documents', async () => {
    const { page } = app()
    await page.getByRole('button', { name: 'Only some documents' }).click()
    await page.getByRole('textbox', { name: 'Kinds of file' }).fill('xlsx')
    await search('pier')
    await page.getByRole('article').filter({ hasText: 'lighthouse.pdf' }).waitFor({ state: 'detached' })
    expect(await page.getByRole('article').count()).toBe(1)
    await page.getByRole('textbox', { name: 'Kinds of file' }).fill('')
  })

  it('says why a document is not found and offers words that find it', async () => {
    const { page } = app()
    await search('heron')
    await page.getByRole('button', { name: 'Why not this file?' }).click()
    await page.getByRole('searchbox', { name: 'The document that you expected' }).fill('lighth')
    await page.getByRole('button', { name: 'lighthouse.pdf' }).click()
    await page.getByText('None of the words of the search are in this document.').waitFor()
    await expectAccessible(page, 'why not this file')
    await page.getByRole('button', { name: 'Brill', exact: true }).click()
    await page.getByRole('article').filter({ hasText: 'lighthouse.pdf' }).first().waitFor()
  })

  it('shows the scores of an embedder and a reranker that are added', async () => {
    const { page, choose } = app()
    const tokenizer = await tokenizerOf()
    const models = { embedder: join(folder, '../embedder.gguf'), reranker: join(folder, '../reranker.gguf') }
    writeRandomModel(models.embedder, { tokenizer, metadata: embeddingMetadata })
    writeRandomModel(models.reranker, { tokenizer, ...rerankerParts })
    const number = String.raw`-?[\d.]+(e-\d+)? · rank \d`
    const expectScores = async (model: string, summary: string, stages: string[]) => {
      await goTo(page, 'Models')
      await choose(page.getByRole('button', { name: 'Add a GGUF file' }), model)
      await goTo(page, 'Library')
      await page.getByRole('link', { name: /^harbor papers/ }).click()
      await page.getByText(new RegExp(`${summary}$`)).waitFor({ timeout: 30_000 })
      await page.getByRole('tab', { name: 'Try a search' }).click()
      await search('lighthouse built 1904')
      // random weights put any passage first; the search is made anew when the model is ready
      const hit = page.getByRole('article').filter({ hasText: 'built in the year 1904' })
      await expect
        .poll(() => hit.locator('dl').textContent())
        .toMatch(new RegExp(`^${stages.map((stage) => stage + number).join('')}`))
    }
    await expectScores(models.embedder, 'found by words and by meaning', ['BM25', 'Vector', 'Fused'])
    await expectScores(models.reranker, 'by meaning, then reranked', ['BM25', 'Vector', 'Fused', 'Reranker'])
    await expectAccessible(page, 'scores of every stage')
  })

  it('caused no error in the page', () => {
    expect(app().problems).toEqual([])
  })
})
