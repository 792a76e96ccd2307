/** Text as it is, wherever it stands in a page. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`)
}

const style = `
:root { color-scheme: light dark; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --ground: #fff; --main: #6d4aff; --good: #1a7f37; --warn: #9a6700; --bad: #c4320a }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e6e6; --soft: #9ea7b3; --line: #3a3f47; --ground: #17181c; --main: #a594ff; --good: #4cc38a; --warn: #e0b341; --bad: #ff8f6b } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--ground); max-width: 60rem; margin: 2rem auto; padding: 0 1.5rem }
h1 { font-size: 1.5rem; margin-bottom: 0 } h2 { font-size: 1.1rem; margin: 2rem 0 .5rem } h3 { font-size: .9rem; margin: 0 }
.soft { color: var(--soft) } .headline { font-size: 1.25rem; font-weight: 600; margin: 1rem 0 .25rem }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums } caption { text-align: left; color: var(--soft) }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: right; vertical-align: top }
th:first-child, td.text, th.text { text-align: left } tbody th { font-weight: 400 }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); gap: 1rem }
figure { margin: 0; border: 1px solid var(--line); border-radius: .6rem; padding: .8rem } svg { width: 100%; height: auto }
dl { display: grid; grid-template-columns: 12rem 1fr; gap: .2rem 1rem } dt { color: var(--soft) } dd { margin: 0; overflow-wrap: anywhere }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem }
`

/**
 * A page that needs nothing but itself: no script, no request.
 *
 * @param body markup; what comes from people, models or documents must be escaped
 */
export function htmlPage(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
</head>
<body>
${body}
</body>
</html>
`
}
