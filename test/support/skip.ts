/** For `skipIf`: whether a test cannot run here, with the reason printed. */
export function cannotRun(condition: boolean, reason: string): boolean {
  if (condition) console.log(`skipped: ${reason}`)
  return condition
}
