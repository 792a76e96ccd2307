/** Among so many first rows the one with the names of the columns is looked for. */
const FIRST_ROWS = 10
const NUMBER = /^[-+(]?[\d.,\s%€$£¥]*\d[\d.,\s%€$£¥)]*$/

/** What has to be known of a table's rows to find the one with the names of the columns. */
export class HeaderSearch {
  readonly #first: (readonly string[])[] = []
  #width = 0
  #count = 0

  add(row: readonly string[]): void {
    let filled = 0
    for (const cell of row) if (cell !== '') filled++
    this.#width = Math.max(this.#width, filled)
    if (this.#count++ < FIRST_ROWS) this.#first.push(row)
  }

  /** See {@link headerRow}; of the rows added so far. */
  result(): number | null {
    if (this.#width < 2) return null
    const index = this.#first.findIndex((row) => {
      const cells = row.filter((cell) => cell !== '')
      return cells.length >= Math.max(2, 0.7 * this.#width) && !cells.some((cell) => NUMBER.test(cell))
    })
    return index < 0 || index === this.#count - 1 ? null : index
  }
}

/**
 * The row of a sheet that names its columns: the first one that fills nearly all columns, with words in all of its
 * cells, and has rows below it. Null when there is none.
 */
export function headerRow(rows: readonly (readonly string[])[]): number | null {
  const search = new HeaderSearch()
  for (const row of rows) search.add(row)
  return search.result()
}
