import { join } from 'node:path'
import { expect, it } from 'vitest'
import { type FileRow, libraryStore, openStore } from '../../src-main/store/index.ts'
import { describeApp, expectAccessible, goTo } from '../support/ui.ts'

const total = 100_000
const failed = total / 10

/** A paused library, so that nobody looks whether its files are there. */
function prepare(dataDir: string): void {
  const store = openStore(dataDir)
  const libraries = libraryStore(store)
  const { id: libraryId } = libraries.create('Everything')
  libraries.setPaused(libraryId, true)
  const folder = join(dataDir, 'documents')
  const source = libraries.addSource(libraryId, 'folder', folder)
  libraries.saveFiles(
    Array.from({ length: total }, (_, i): FileRow => {
      const relativePath = `letter-${String(i).padStart(6, '0')}.md`
      const error = { code: 'FILE_DAMAGED', message: 'This file is damaged.', action: 'Open it elsewhere.' } as const
      return {
        id: String(i),
        libraryId,
        sourceId: source.id,
        path: join(folder, relativePath),
        relativePath,
        title: relativePath,
        sizeBytes: (i * 7919) % total,
        modifiedAt: 1_700_000_000_000 + i,
        pages: null,
        warnings: [],
        inode: i,
        contentHash: null,
        indexFingerprint: null,
        indexedAt: null,
        ...(i % 10 === 0
          ? { state: 'failed', error, passages: 0 }
          : { state: 'indexed', error: null, passages: 1 + (i % 9) }),
      }
    }),
  )
  store.close()
}

describeApp(
  'A library of 100,000 files',
  (app) => {
    const table = () => app().page.getByRole('table', { name: 'Files' })
    const row = (number: number) => table().locator(`tr[aria-rowindex="${number + 1}"]`)
    /** However many there are, only what is looked at is drawn. */
    const expectFewRows = async () => expect(await table().getByRole('row').count()).toBeLessThan(60)
    const press = async (key: string) => {
      await app().page.getByRole('region', { name: 'List of files' }).focus()
      await app().page.keyboard.press(key)
    }

    it('is shown row by row as it is looked at, to its last row', async () => {
      const { page } = app()
      await goTo(page, 'Library')
      await page.getByRole('link', { name: /^Everything/ }).click()
      await row(1).getByText('letter-000000.md').waitFor()
      expect(await table().getAttribute('aria-rowcount')).toBe(String(total + 1))
      await expectFewRows()
      await press('End')
      await row(total)
        .getByText(`letter-0${total - 1}.md`)
        .waitFor()
      await expectFewRows()
      await press('Home')
      await row(1).getByText('letter-000000.md').waitFor()
      await expectAccessible(page, 'a library of many files')
    })

    it('keeps its length on the way to rows that were not loaded yet', async () => {
      const region = app().page.getByRole('region', { name: 'List of files' })
      await region.evaluate((element) => element.scrollTo(0, element.scrollHeight / 2))
      await table()
        .getByText(/^letter-0[45]\d{4}\.md$/)
        .nth(5)
        .waitFor()
      expect(await table().getAttribute('aria-rowcount')).toBe(String(total + 1))
      await expectFewRows()
    })

    it('is sorted as a whole, from the top', async () => {
      const { page } = app()
      await page.getByRole('columnheader', { name: 'Size' }).getByRole('button').click()
      const largest = Array.from({ length: total }, (_, i) => i).find((i) => (i * 7919) % total === total - 1)
      await row(1)
        .getByText(`letter-${String(largest).padStart(6, '0')}.md`)
        .waitFor()
      await press('End')
      await row(total).getByText('letter-000000.md').waitFor()
      await page.getByRole('columnheader', { name: 'File' }).getByRole('button').click()
      await row(1).getByText('letter-000000.md').waitFor()
    })

    it('is filtered as a whole, by state and by name', async () => {
      const { page, problems } = app()
      await page.getByRole('combobox', { name: 'Filter files by state' }).selectOption('failed')
      await page.locator(`table[aria-rowcount="${failed + 1}"]`).waitFor()
      await press('End')
      await row(failed).getByText('letter-099990.md').waitFor()
      await page.getByRole('combobox', { name: 'Filter files by state' }).selectOption('all')
      await page.getByRole('searchbox', { name: 'Filter files by name' }).fill('099999')
      await page.locator('table[aria-rowcount="2"]').waitFor()
      await row(1).getByText('letter-099999.md').waitFor()
      expect(problems).toEqual([])
    })
  },
  prepare,
)
