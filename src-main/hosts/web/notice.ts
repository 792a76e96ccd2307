const notices: Record<number, { title: string; text: string }> = {
  401: {
    title: 'This page needs the address that Lagotto printed',
    text: 'Open the whole address from the terminal, with its token. It changes with every start, so an old one no longer works.',
  },
  403: {
    title: 'This address is not the one of Lagotto',
    text: 'Open the address that Lagotto printed when it started: it begins with http://127.0.0.1.',
  },
  404: { title: 'There is nothing here', text: 'Go back to the start page of Lagotto.' },
  405: { title: 'This cannot be done here', text: 'Go back to the start page of Lagotto.' },
}

/** The page for a refused request: says what to do, needs no script and no other file. */
export function noticePage(status: number): string {
  const { title, text } = notices[status] ?? { title: 'This did not work', text: 'Start Lagotto again.' }
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title}</title>
<style>body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 20vh auto; padding: 0 1rem; color-scheme: light dark }</style>
<h1>${title}</h1>
<p>${text}</p>
</html>
`
}
