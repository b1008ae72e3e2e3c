// Does to an open page what life does: the server goes away, the session ends,
// things are removed, clocks are wrong, people write what they like.
import { check, go, input, must, note, open, overEdge, patience, run, settled, soon, traffic, violations } from './harness.mjs'

const { url, tokens } = input
const shown = (tab, text) => tab.getByText(text).first().waitFor({ timeout: patience })

async function control(what, of = '') {
  const answer = await fetch(`${input.control}/${what}?of=${encodeURIComponent(of)}`, { method: what === 'heard' ? 'GET' : 'POST' })
  if (!answer.ok) throw new Error(`${what}: ${await answer.text()}`)
  return what === 'heard' ? answer.json() : undefined
}

/** Runs one look in a tab of its own and closes it. */
async function inTab(browser, role, options, look) {
  const tab = await open(browser, url, tokens[role], options)
  try {
    await look(tab)
  } catch (error) {
    const text = await tab.evaluate(() => document.body.innerText).catch(() => '')
    throw new Error(`${error.message}\n${tab.url()} says:\n${text.slice(0, 800)}\nand the console:\n${tab.complaints.join('\n')}`)
  } finally {
    await tab.context().close()
  }
}

await run(async (browser) => {
  await check('log in by the form', () =>
    inTab(browser, '', {}, async (tab) => {
      await tab.goto(url + '/audit')
      await tab.getByLabel('Token').fill('dvt_wrong')
      await tab.getByRole('button', { name: 'Log in' }).click()
      await shown(tab, 'this is not a valid token of this server')
      await tab.getByLabel('Token').fill(tokens.viewer)
      await tab.keyboard.press('Enter')
      await tab.getByRole('heading', { name: 'Audit' }).waitFor()
      const cookies = await tab.context().cookies()
      must(cookies.length === 1 && cookies[0].httpOnly && cookies[0].sameSite === 'Strict', `cookies: ${JSON.stringify(cookies)}`)
      must(!(await tab.evaluate(() => document.cookie + JSON.stringify(localStorage) + JSON.stringify(sessionStorage))).includes('dvt_'), 'the token is kept in the browser')
    }),
  )

  await check('no request leaves', () =>
    inTab(browser, 'admin', {}, async (tab) => {
      const outside = []
      tab.on('request', (r) => !r.url().startsWith(url) && outside.push(r.url()))
      for (const path of ['/', '/services', '/audit', '/settings']) await go(tab, url, path)
      must(outside.length === 0, `asked elsewhere: ${outside}`)
    }),
  )

  await check('the server is killed and started again', () =>
    inTab(browser, 'admin', {}, async (tab) => {
      await go(tab, url, '/audit')
      await tab.getByText('Live').waitFor()
      await control('say', 'before the server went away')
      await shown(tab, 'before the server went away')
      await control('kill')
      await shown(tab, 'The connection to the server is lost')
      must(await tab.getByText('before the server went away').first().isVisible(), 'what was shown is gone')
      // What happens meanwhile must not be missed.
      for (let i = 0; i < 5; i++) await control('say', `while it was away ${i}`)
      await control('start')
      for (let i = 0; i < 5; i++) await shown(tab, `while it was away ${i}`)
      await tab.getByText('The connection to the server is lost').waitFor({ state: 'hidden' })
      await control('say', 'after it came back')
      await shown(tab, 'after it came back')
      const lines = (await tab.getByText(/while it was away \d/).allInnerTexts()).map((t) => t.trim())
      must(new Set(lines).size === lines.length && lines.length === 5, `seen: ${lines}`)
    }),
  )

  // An ended session is noticed in two ways: by the live stream, with nobody pressing anything, or by what was pressed.
  for (const [when, end] of [
    ['while a form is filled in', () => control('end-sessions')],
    ['as a form is sent', (tab) => tab.getByRole('button', { name: 'Make the token' }).click()],
  ])
    await check(`the session ends ${when}`, () =>
      inTab(browser, 'admin', {}, async (tab) => {
        const name = when.replaceAll(' ', '-')
        await go(tab, url, '/settings/tokens')
        await tab.getByLabel('Whose it is').fill(name)
        let ended = false
        await tab.route('**/api/v1/tokens', async (route) => {
          if (route.request().method() === 'POST' && !ended) {
            ended = true
            await control('end-sessions')
          }
          await route.continue()
        })
        await end(tab)
        await shown(tab, 'Your session has ended')
        must((await tab.getByLabel('Whose it is').inputValue()) === name, 'what was typed is lost')
        const dialog = tab.getByRole('dialog')
        await dialog.getByLabel('Token', { exact: true }).fill(tokens.admin)
        await dialog.getByRole('button', { name: 'Log in' }).click()
        await dialog.waitFor({ state: 'detached' })
        if (!ended) {
          ended = true
          await tab.getByRole('button', { name: 'Make the token' }).click()
        }
        await shown(tab, `The token of ${name}`)
        const secret = await tab.locator('code', { hasText: /^dvt_/ }).innerText()
        must(/^dvt_\w+$/.test(secret), `the secret reads ${secret}`)
        await tab.reload()
        await settled(tab)
        must((await tab.getByText(secret).count()) === 0, 'the secret is shown again')
      }),
    )

  await check('a token is revoked', () =>
    inTab(browser, 'admin', {}, async (tab) => {
      await go(tab, url, '/settings/tokens')
      await tab.getByLabel('Whose it is').fill('leaver')
      await tab.getByRole('button', { name: 'Make the token' }).click()
      await shown(tab, 'The token of leaver')
      await tab.getByRole('button', { name: 'Revoke leaver' }).click()
      await tab.getByRole('dialog').getByText('locked out at once').waitFor()
      await tab.keyboard.press('Escape')
      await tab.getByRole('dialog').waitFor({ state: 'hidden' })
      await tab.getByRole('button', { name: 'Revoke leaver' }).click()
      await tab.getByRole('button', { name: 'Revoke it' }).click()
      await tab.getByRole('button', { name: 'Revoke leaver' }).waitFor({ state: 'detached' })
    }),
  )

  await check('roles are respected', () =>
    inTab(browser, 'viewer', {}, async (tab) => {
      await go(tab, url, '/settings/tokens')
      await shown(tab, 'Only admins see tokens')
      must((await tab.getByRole('button', { name: 'Make the token' }).count()) === 0, 'a viewer is offered to make tokens')
      const status = await tab.evaluate(async () => (await fetch('/api/v1/tokens', { method: 'POST', headers: { 'X-Davit-Page': '1', 'Content-Type': 'application/json' }, body: '{"name":"x","role":"admin"}' })).status)
      must(status === 403, `the server answers ${status}`)
    }),
  )

  await check('another page cannot write', () =>
    inTab(browser, 'admin', {}, async (tab) => {
      await go(tab, url, '/')
      const status = await tab.evaluate(async () => (await fetch('/api/v1/tokens', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: '{"name":"x","role":"admin"}' })).status)
      must(status === 403, `a write without the header of the page answers ${status}`)
    }),
  )

  await check('nothing that people write is taken for markup', () =>
    inTab(browser, 'viewer', { viewport: { width: 390, height: 844 } }, async (tab) => {
      const name = 'long-name-'.repeat(6) + 'abc'
      for (const path of ['/', '/services', `/services/${name}`, `/runs/${name}-run-1`, `/rollouts/${name}-production-r1`, `/releases/${name}-1`, '/audit']) {
        await tab.goto(url + path)
        await settled(tab)
        must((await tab.title()) !== 'taken', `${path}: a script ran`)
        must((await tab.locator('img[src="x"]').count()) === 0, `${path}: markup was made`)
        must((await tab.locator('a[href^="javascript:"]').count()) === 0, `${path}: a link runs a script`)
        const over = await overEdge(tab)
        must(over.length === 0, `${path} stands over the edge:\n${over.join('\n')}`)
      }
    }),
  )

  await check('a thing that is not there', () =>
    inTab(browser, 'viewer', {}, async (tab) => {
      for (const path of ['/services/nobody', '/runs/nobody-run-1', '/rollouts/nobody-production-r1', '/releases/nobody-1', '/why/0123abcd', '/nowhere']) {
        await tab.goto(url + path)
        await tab.getByText(/Not found|Nothing here|nothing at this address|Nothing is known/i).first().waitFor()
      }
    }),
  )

  await check('a service is removed while it is open', () =>
    inTab(browser, 'viewer', {}, async (tab) => {
      await go(tab, url, '/services/search')
      await control('remove-service', 'search')
      await shown(tab, 'Not found')
      await go(tab, url, '/services')
    }),
  )

  await check('a thousand services', () =>
    inTab(browser, 'viewer', {}, async (tab) => {
      const lists = traffic(tab, (to) => to.includes('/api/v1/services'))
      await go(tab, url, '/services')
      await tab.getByRole('table').first().waitFor()
      const rows = await tab.getByRole('row').count()
      must(rows > 10 && rows < 300, `${rows} rows are drawn`)
      const size = Math.max(...(await lists()).map((l) => l.bytes))
      must(size > 0, 'the list was not asked for')
      note(`the list of 1,000 services: first page ${size} bytes as sent, ${rows} rows drawn`)
      must(size < 100_000, `the first page of the list has ${size} bytes`)
    }),
  )

  await check('a thousand environments', () =>
    inTab(browser, 'viewer', {}, async (tab) => {
      await go(tab, url, '/services/thousand')
      must((await overEdge(tab)).length === 0, 'stands over the edge')
      const wrong = await violations(tab)
      must(wrong.length === 0, wrong.join('\n'))
    }),
  )

  await check('the clock of the browser is wrong', () =>
    inTab(browser, 'viewer', { now: Date.now() + 3 * 3600_000 }, async (tab) => {
      await control('say', 'said just now')
      await go(tab, url, '/audit')
      await shown(tab, 'said just now')
      await go(tab, url, '/')
      must((await tab.getByText(/in 3 h|3 h ago/).count()) === 0, 'times are by the clock of the browser')
    }),
  )

  await check('by keyboard alone', () =>
    inTab(browser, 'viewer', {}, async (tab) => {
      await go(tab, url, '/')
      const focused = (what, look) => tab.waitForFunction(look, null, { timeout: patience }).catch(() => must(false, what))
      await tab.keyboard.press('Tab')
      await focused('the first stop is not the way to the content', () => document.activeElement?.textContent === 'Skip to the content')
      await tab.keyboard.press('Enter')
      await focused('skipping does not lead to the content', () => document.activeElement?.id === 'main')
      const link = tab.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: 'Audit' })
      await link.focus()
      await tab.keyboard.press('Enter')
      await tab.getByRole('heading', { name: 'Audit', level: 1 }).waitFor()
      await focused('the focus does not follow to the new view', () => document.activeElement?.id === 'main')
    }),
  )

  await check('the first page is light', () =>
    inTab(browser, 'viewer', {}, async (tab) => {
      const files = traffic(tab, (to) => to.startsWith(url) && !to.includes('/api/') && !to.endsWith('/session'))
      await go(tab, url, '/')
      await tab.getByText('Live').waitFor()
      const sent = await files()
      const bytes = sent.reduce((sum, f) => sum + f.bytes, 0)
      const each = sent.map((f) => `${f.path} ${f.bytes}`).join('\n')
      note(`the first page: ${bytes} bytes compressed\n${each}`)
      must(bytes > 0 && bytes <= 150_000, `the first page has ${bytes} bytes, at most 150,000 are allowed:\n${each}`)
    }),
  )

  await check('how soon the first page is there', async () => {
    const { times, text } = await soon(browser, url, tokens.viewer)
    must(times.every((ms) => ms > 0), `never painted: ${times}`) // no time is a condition: machines are noisy
    note(text)
  })
})
