import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { root } from '../support/data.ts'
import { startOpenAi } from '../support/openai.ts'
import { ask, describeApp, expectAccessible, goTo, newest } from '../support/ui.ts'

const teacher = join(root, 'resources/models/micro-teacher.gguf')
const server = await startOpenAi(teacher)
server.behavior.key = 'secret'
afterAll(() => server.close())

/** An address of this machine that others could reach: to the app, a server elsewhere. */
const outside = Object.values(networkInterfaces())
  .flatMap((all) => all ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address
if (outside === undefined) console.log('A model on a server elsewhere: not run: this machine is in no network')

describeApp('A model on a server', (app) => {
  it('is added in Settings, which says what it gets to read', async () => {
    const { page } = app()
    await goTo(page, 'Settings')
    await page.getByText('None. Nothing you ask leaves this computer.').waitFor()
    await page.getByRole('button', { name: 'Add a model on a server' }).click()
    await page.getByLabel('Address').fill(server.url)
    await page.getByRole('button', { name: 'Look for models' }).click()
    await page.getByText('does not accept the key').waitFor()
    await expectAccessible(page, 'the form for a server')
    await page.getByLabel('Key (if it wants one)').fill('secret')
    await page.getByRole('button', { name: 'Look for models' }).click()
    await page.getByLabel('Call it').fill('Big one')
    await page.getByRole('button', { name: 'Add', exact: true }).click()
    await page.getByText(`micro on ${server.host}, in another program on this computer`).waitFor()
    await page.getByText('as a teacher it can only be imitated').waitFor()
    await expectAccessible(page, 'models on servers')
  })

  it('answers once it is chosen, and the list of requests shows it', async () => {
    const { page } = app()
    await goTo(page, 'Models')
    const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: /Big one/ }) })
    await row.getByText(`on ${server.host}`).first().waitFor()
    await row.getByLabel('First message').selectOption('question-only')
    await row.getByRole('button', { name: 'Use this model' }).click()
    await row.getByText('In use').waitFor()
    await expectAccessible(page, 'a model on a server among the others')
    const before = server.seen.length
    await page.getByRole('link', { name: 'New question' }).click()
    await ask(page, 'Who founded Pathel Guild?')
    await newest(page).getByText('Prurklo Cirholt').first().waitFor()
    expect(server.seen.length).toBeGreaterThan(before)
    await goTo(page, 'Settings')
    await page.getByRole('region', { name: 'Requests' }).getByText('Ask a model on a server').first().waitFor()
  })

  it('is forgotten when it is removed', async () => {
    const { page } = app()
    await page.getByRole('button', { name: 'Remove Big one' }).click()
    await page.getByRole('button', { name: 'Remove', exact: true }).click()
    await page.getByText('None. Nothing you ask leaves this computer.').waitFor()
  })

  it('caused no error in the page', () => {
    expect(app().problems).toEqual([])
  })
})

describe.skipIf(outside === undefined)('From this computer', async () => {
  const elsewhere = await startOpenAi(teacher, outside)
  afterAll(() => elsewhere.close())
  describeApp('to a server elsewhere', (app) => {
    const told = () => app().page.getByRole('main').getByText(`sent to ${elsewhere.host}.`)

    it('nothing goes unsaid: where a model is added and chosen, where questions are asked, written, compared, learned from', async () => {
      const { page, problems } = app()
      await goTo(page, 'Settings')
      await page.getByRole('button', { name: 'Add a model on a server' }).click()
      await page.getByLabel('Address').fill(elsewhere.url)
      await page.getByRole('button', { name: 'Look for models' }).click()
      await page.getByLabel('Call it').fill('Distant')
      await page.getByRole('button', { name: 'Add', exact: true }).click()
      await page.getByText(`micro on ${elsewhere.host}`, { exact: true }).waitFor()

      await goTo(page, 'Questions')
      await page.getByRole('button', { name: 'New set' }).click()
      await page.getByLabel('Name', { exact: true }).fill('Drafted')
      await page.keyboard.press('Enter')
      await page.getByRole('link', { name: 'Write from my documents' }).click()
      const distant = page.getByLabel('Writes').getByRole('option', { name: /^Distant/ })
      await page.getByLabel('Tries them').waitFor()
      expect(await told().count()).toBe(0)
      await page.getByLabel('Writes').selectOption((await distant.getAttribute('value')) ?? '')
      await page.getByText(`Passages from all over “Sample library”, and the questions that are written`).waitFor()
      await expectAccessible(page, 'questions written on a server elsewhere')

      await goTo(page, 'Compare')
      await page.getByRole('link', { name: 'New comparison' }).click()
      const second = page.getByLabel('Model 2', { exact: true })
      const rival = second.getByRole('option', { name: /^Distant/ })
      await second.selectOption((await rival.getAttribute('value')) ?? '')
      await told().waitFor()

      await goTo(page, 'Models')
      const row = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: /Distant/ }) })
      await row.getByText(`sent to ${elsewhere.host}.`).waitFor()
      await row.getByRole('button', { name: 'Use this model' }).click()
      await page.getByRole('link', { name: 'New question' }).click()
      await told().waitFor()
      expect(problems).toEqual([])
    })
  })
})
