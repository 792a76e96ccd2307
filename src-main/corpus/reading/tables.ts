/** Among so many first rows the one with the names of the columns is looked for. */
const FIRST_ROWS = 10
const NUMBER = /^[-+(]?[\d.,\s%€$£¥]*\d[\d.,\s%€$£¥)]*$/

/**
 * The row of a sheet that names its columns: the first one that fills nearly all columns, with words in all of its
 * cells, and has rows below it. Null when there is none.
 */
export function headerRow(rows: readonly (readonly string[])[]): number | null {
  const filled = (row: readonly string[]): string[] => row.filter((cell) => cell !== '')
  let width = 0
  for (const row of rows) width = Math.max(width, filled(row).length)
  if (width < 2) return null
  const index = rows.slice(0, FIRST_ROWS).findIndex((row) => {
    const cells = filled(row)
    return cells.length >= Math.max(2, 0.7 * width) && !cells.some((cell) => NUMBER.test(cell))
  })
  return index < 0 || index === rows.length - 1 ? null : index
}
