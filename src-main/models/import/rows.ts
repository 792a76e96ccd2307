/**
 * transformers turns rows `j` and `j + half` of a head together, llama.cpp's `llama` turns neighboring rows: rows `j` and
 * `j + half` become rows `2j` and `2j + 1`.
 *
 * @param head the bytes of one head, [rows, row length]
 */
export function interleaveRows(head: Buffer, rows: number): Buffer {
  return rearranged(head, rows, (j) => (j < rows / 2 ? 2 * j : 2 * (j - rows / 2) + 1))
}

/** The way back: rows `2j` and `2j + 1` become rows `j` and `j + half`. */
export function separateRows(head: Buffer, rows: number): Buffer {
  return rearranged(head, rows, (j) => (j % 2 === 0 ? j / 2 : (j - 1) / 2 + rows / 2))
}

function rearranged(head: Buffer, rows: number, target: (row: number) => number): Buffer {
  const row = head.length / rows
  const result = Buffer.allocUnsafeSlow(head.length)
  for (let j = 0; j < rows; j++) head.copy(result, target(j) * row, j * row, (j + 1) * row)
  return result
}
