// Runs before the first paint, so that a dark window never flashes white. The app keeps the choice in step
// (app/theme.ts); the settings of the service stay the truth.
{
  let choice = 'system'
  try {
    choice = localStorage.getItem('lagotto.theme') ?? 'system'
  } catch {
    // Storage may be blocked; the system's theme is then a good guess.
  }
  const dark = choice === 'dark' || (choice === 'system' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.dataset.theme = dark ? 'dark' : 'light'
}
