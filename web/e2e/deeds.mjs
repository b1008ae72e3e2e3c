// Does what people do, press by press, and looks whether it was done.
import { check, go, input, must, note, open, patience, run, settled } from './harness.mjs'

const { url, tokens } = input
const heard = async () => (await fetch(`${input.control}/heard`)).json()

async function inTab(browser, role, look) {
  const tab = await open(browser, url, tokens[role])
  try {
    await look(tab)
    must(tab.complaints.length === 0, `the console says:\n${tab.complaints.join('\n')}`)
  } catch (error) {
    const text = await tab.evaluate(() => document.body.innerText).catch(() => '')
    throw new Error(`${error.message}\n${tab.url()} says:\n${text.slice(0, 1200)}\nand the console:\n${tab.complaints.join('\n')}`)
  } finally {
    await tab.context().close()
  }
}

async function until(look, text) {
  const end = Date.now() + patience
  while (Date.now() < end) {
    if (await look()) return
    await new Promise((go) => setTimeout(go, 100))
  }
  throw new Error(text)
}

await run(async (browser) => {
  await check('a flag is made, turned on, and removed', () =>
    inTab(browser, 'deployer', async (tab) => {
      await go(tab, url, '/flags/new')
      await tab.getByLabel('Key').fill('made-here')
      await tab.getByLabel('Project').fill('shop')
      await tab.getByLabel('Owner').fill('ana')
      await tab.getByLabel('What it is for').fill('To be made and removed.')
      await tab.getByRole('button', { name: 'Make it' }).click()
      await tab.getByRole('heading', { name: 'made-here', level: 1 }).waitFor()
      await tab.getByRole('button', { name: 'Turn on in production' }).click()
      await tab.getByRole('button', { name: 'Turn it on' }).click()
      await tab.getByRole('button', { name: 'Turn off in production' }).waitFor()
      await tab.getByRole('button', { name: 'Remove', exact: true }).click()
      const dialog = tab.getByRole('dialog')
      await dialog.getByText('their own code').waitFor()
      await dialog.getByLabel('Reason').fill('it was a try')
      await dialog.getByRole('button', { name: 'Remove it' }).click()
      await tab.getByRole('heading', { name: 'Flags', level: 1 }).waitFor()
      await tab.getByRole('link', { name: 'payments' }).waitFor()
      must((await tab.getByRole('link', { name: 'made-here' }).count()) === 0, 'it is listed still')
      await tab.goto(url + '/flags/shop/made-here')
      await tab.getByText(/not found|there is no flag/i).first().waitFor()
      tab.complaints.length = 0 // the browser says that this was a 404
    }),
  )

  await check('what is wrong with a new flag is said, and nothing is lost', () =>
    inTab(browser, 'deployer', async (tab) => {
      await go(tab, url, '/flags/new')
      await tab.getByLabel('Key').fill('new-checkout')
      await tab.getByLabel('Project').fill('shop')
      await tab.getByLabel('Owner').fill('ana')
      await tab.getByLabel('What it is for').fill('It is there already.')
      await tab.getByRole('button', { name: 'Make it' }).click()
      await tab.getByRole('alert').first().waitFor()
      must((await tab.getByLabel('What it is for').inputValue()) === 'It is there already.', 'what was typed is lost')
      tab.complaints.length = 0
    }),
  )

  await check('a flag that others need stays, and it is said why', () =>
    inTab(browser, 'deployer', async (tab) => {
      await go(tab, url, '/flags/shop/payments')
      await tab.getByRole('button', { name: 'Remove', exact: true }).click()
      await tab.getByRole('dialog').getByText('new-checkout need it').waitFor()
      await tab.getByRole('button', { name: 'Remove it' }).click()
      await tab.getByRole('dialog').getByRole('alert').waitFor()
      tab.complaints.length = 0
    }),
  )

  await check('a segment is made and removed', () =>
    inTab(browser, 'deployer', async (tab) => {
      await go(tab, url, '/segments/shop')
      must(await tab.getByRole('button', { name: 'Remove beta' }).isDisabled(), 'a segment that is asked for can be removed')
      await tab.getByRole('button', { name: 'Make a segment' }).click()
      await tab.getByLabel('Name').fill('staff')
      await tab.getByRole('button', { name: /^Save/ }).click()
      await tab.getByRole('button', { name: 'Remove staff' }).click()
      await tab.getByRole('button', { name: 'Remove it' }).click()
      await tab.getByRole('button', { name: 'Remove staff' }).waitFor({ state: 'detached' })
    }),
  )

  await check('a ramp is held, promoted and aborted, with the consequence named', () =>
    inTab(browser, 'deployer', async (tab) => {
      await go(tab, url, '/flags/shop/new-checkout')
      for (const [press, says, confirm] of [
        ['Hold', 'It stays at 25 %', 'Hold'],
        ['Promote', '50 % of the users get on instead of 25 %', 'Give it to 50 %'],
        ['Abort', 'get off again, at once', 'Abort'],
      ]) {
        await tab.getByRole('button', { name: press, exact: true }).click()
        const dialog = tab.getByRole('dialog')
        await dialog.getByText(says).waitFor()
        await dialog.getByLabel(/Reason/).fill(`because of ${press}`)
        await dialog.getByRole('button', { name: confirm, exact: true }).click()
        await dialog.waitFor({ state: 'hidden' })
      }
      const all = await heard()
      for (const wish of ['hold', 'advance', 'abort']) must(all.some((line) => line.startsWith(`ana: ${wish} the ramp of shop/new-checkout in production`)), `heard: ${all}`)
    }),
  )

  await check('a ramp is begun', () =>
    inTab(browser, 'deployer', async (tab) => {
      await go(tab, url, '/flags/shop/new-checkout')
      await tab.getByRole('button', { name: 'Begin a ramp' }).click()
      await tab.getByLabel('How').selectOption({ label: 'by time: to everybody in a day' })
      await tab.getByRole('button', { name: 'Begin', exact: true }).click()
      await until(async () => (await heard()).some((l) => l.startsWith('ana ramps shop/new-checkout in staging: on over "24h"')), `heard: ${await heard()}`)
    }),
  )

  await check('an experiment is planned on the page of its flag, and started', () =>
    inTab(browser, 'deployer', async (tab) => {
      await go(tab, url, '/flags/shop/ranking')
      await tab.getByRole('link', { name: 'Plan an experiment' }).click()
      await tab.getByRole('heading', { name: 'Plan an experiment', level: 1 }).waitFor()
      must((await tab.getByLabel('Flag', { exact: true }).inputValue()) === 'shop/ranking', 'the flag is not filled in')
      await tab.getByText('In production now: 50 % new, 50 % old').waitFor()
      must((await tab.getByLabel('Environment').inputValue()) === 'production', 'the environment is not filled in')
      await tab.getByLabel('Control').selectOption('old')
      await tab.getByLabel('What will be different, and why').fill('Those who find sooner buy more.')
      await tab.getByLabel('Name', { exact: true }).fill('ranking-again')
      await tab.getByLabel('Owner').fill('search')
      const first = tab.getByRole('listitem', { name: 'Metric 1' })
      await first.getByLabel('What users do').fill('order')
      await first.getByText('More about this metric').click()
      await first.getByLabel('Least gain that is worth it').fill('1,5')
      await tab.getByRole('button', { name: 'Add a metric' }).click()
      await tab.getByRole('button', { name: 'Add a metric' }).click()
      await tab.getByRole('button', { name: 'Remove metric 2' }).click()
      const second = tab.getByRole('listitem', { name: 'Metric 2' })
      await second.getByLabel('What users do').fill('complaint')
      await second.getByLabel('What is counted').selectOption('ratio')
      await second.getByLabel('For each').fill('visit')
      await second.getByLabel('What is wanted').selectOption('guard')
      await second.getByLabel('Which way').selectOption('down')
      await tab.getByText('How sure it has to be').click()
      await tab.getByLabel('Chance of any wrong answer').fill('1')
      await tab.getByRole('button', { name: 'Plan it' }).click()
      await tab.getByRole('heading', { name: 'ranking-again', level: 1 }).waitFor()
      await tab.getByText('what they do: order, complaint.').waitFor()
      await tab.getByText('1 % chance of any wrong answer').waitFor()
      const made = await tab.evaluate(async () => (await fetch('/api/v1/experiments/shop/ranking-again')).json())
      must(made.control === 'old' && made.environment === 'production' && made.hypothesis === 'Those who find sooner buy more.' && made.owner === 'search', JSON.stringify(made))
      must(made.metrics[0].kind === 'conversion' && made.metrics[0].effect === 0.015 && !made.metrics[0].guard, JSON.stringify(made.metrics))
      must(made.metrics[1].kind === 'ratio' && made.metrics[1].per === 'visit' && made.metrics[1].guard && made.metrics[1].down && made.metrics[1].margin === 0.02, JSON.stringify(made.metrics))
      await tab.getByRole('button', { name: 'Start', exact: true }).click()
      await tab.getByRole('button', { name: 'Start it' }).click()
      await tab.getByRole('button', { name: 'Stop', exact: true }).waitFor()
      await go(tab, url, '/experiments')
      await tab.getByRole('row', { name: /ranking-again.*running/s }).waitFor()
    }),
  )

  await check('why an experiment cannot be planned is said where it is wrong, and nothing is lost', () =>
    inTab(browser, 'deployer', async (tab) => {
      await go(tab, url, '/experiments')
      await tab.getByRole('link', { name: 'Plan an experiment' }).click()
      const flag = tab.getByLabel('Flag', { exact: true })
      await flag.fill('payme')
      await tab.locator('datalist option[value="shop/payments"]').waitFor({ state: 'attached' })
      must(await tab.getByLabel('Environment').isDisabled(), 'an environment can be chosen before there is a flag')
      await flag.fill('shop/payments')
      await tab.getByText('In production now').waitFor()
      await tab.getByLabel('What will be different, and why').fill('Nobody pays.')
      await tab.getByLabel('Name', { exact: true }).fill('No Payments')
      await tab.getByLabel('What users do').fill('order')
      await tab.getByText('How sure it has to be').click()
      await tab.getByLabel('Users that each variant must have').fill('many')
      await tab.getByRole('button', { name: 'Plan it' }).click()
      await tab.getByRole('alert').waitFor()
      for (const label of ['Name', 'Users that each variant must have']) {
        const field = tab.getByLabel(label, { exact: true })
        must((await field.getAttribute('aria-invalid')) === 'true', `nothing is said beside ${label}`)
        const beside = await field.evaluate((e) => document.getElementById(e.getAttribute('aria-describedby').split(' ')[0]).innerText)
        must(beside.startsWith('expected '), `beside ${label} stands: ${beside}`)
      }
      await tab.getByLabel('Name', { exact: true }).fill('no-payments')
      await tab.getByLabel('Users that each variant must have').fill('')
      await tab.getByRole('button', { name: 'Plan it' }).click()
      const refused = tab.getByRole('alert')
      await refused.getByText('the flag payments does not split its users in production').waitFor()
      await refused.getByText('davit flags ramp payments --to 50').waitFor()
      must((await tab.getByLabel('What will be different, and why').inputValue()) === 'Nobody pays.', 'what was typed is lost')
      tab.complaints.length = 0 // the browser says that it was refused
    }),
  )

  await check('an experiment is decided, and deciding against the numbers is said', () =>
    inTab(browser, 'deployer', async (tab) => {
      await go(tab, url, '/flags/shop/ranking')
      await tab.getByRole('list', { name: 'Experiments on this flag' }).getByRole('link', { name: 'ranking', exact: true }).click()
      await tab.getByText('Ship it: new').waitFor()
      await tab.getByRole('img', { name: '+9.57 %, between +3.4 % and +15.7 %' }).waitFor()
      await tab.getByRole('button', { name: 'Decide', exact: true }).click()
      const dialog = tab.getByRole('dialog')
      await dialog.getByLabel('For').selectOption('old')
      await dialog.getByText('not what the numbers say').waitFor()
      must(await dialog.getByRole('button', { name: 'Decide', exact: true }).isDisabled(), 'it is decided without a reason')
      await dialog.getByLabel('Reason').fill('it costs too much')
      await dialog.getByRole('button', { name: 'Decide', exact: true }).click()
      await dialog.waitFor({ state: 'hidden' })
      must((await heard()).includes('ana: decide shop/ranking for "old": it costs too much'), `heard: ${await heard()}`)
    }),
  )

  await check('numbers that are not to be believed are said to be so', () =>
    inTab(browser, 'viewer', async (tab) => {
      await go(tab, url, '/experiments/shop/ranking-first')
      await tab.getByText('Do not trust these numbers').waitFor()
      await tab.getByText('not spread as the flag says').waitFor()
      must((await tab.getByRole('button', { name: 'Decide' }).count()) === 0, 'a viewer may decide')
    }),
  )

  await check('the palette finds an experiment, and leads to the lists', () =>
    inTab(browser, 'viewer', async (tab) => {
      await go(tab, url, '/')
      await tab.keyboard.press('/')
      await tab.getByRole('combobox').fill('ranking-fi')
      await tab.getByRole('option', { name: /ranking-first/ }).waitFor()
      await tab.keyboard.press('Enter')
      await tab.getByRole('heading', { name: 'ranking-first', level: 1 }).waitFor()
      await tab.keyboard.press('Control+k')
      await tab.getByRole('combobox').fill('rollouts')
      await tab.getByRole('option', { name: /Rollouts/ }).click()
      await tab.getByRole('heading', { name: 'Rollouts', level: 1 }).waitFor()
    }),
  )

  await check('lists are narrowed and sorted by the server, and the address says how', () =>
    inTab(browser, 'viewer', async (tab) => {
      await go(tab, url, '/rollouts')
      await tab.getByLabel('State').selectOption({ label: 'Taken back' })
      await until(async () => (await tab.getByRole('row').count()) === 2, 'not one rollout was taken back')
      must(tab.url().includes('phase=rolled-back'), `the address is ${tab.url()}`)
      await tab.reload()
      await settled(tab)
      await tab.getByRole('link', { name: 'shop-2 → production' }).waitFor()
      await go(tab, url, '/runs?service=shop')
      await until(async () => (await tab.getByRole('row').count()) === 4, 'not three runs of the shop')
      await tab.getByLabel('State').selectOption({ label: 'Under way' })
      await until(async () => (await tab.getByRole('row').count()) === 2, 'not one run is under way')
    }),
  )

  await check('logs of instances are read, by instance, and searched', () =>
    inTab(browser, 'viewer', async (tab) => {
      await go(tab, url, '/services/shop')
      await tab.getByRole('region', { name: 'production', exact: true }).getByRole('link', { name: 'Logs' }).click()
      await tab.getByText('60 lines ·').waitFor()
      await tab.getByLabel('Search the log').fill('4007')
      await tab.getByText('1 of 1').waitFor()
      await tab.getByLabel('Of which instance').selectOption('shop-1-production-2')
      await tab.getByText('30 lines ·').waitFor()
      must(tab.url().includes('instance=shop-1-production-2'), `the address is ${tab.url()}`)
    }),
  )

  await check('a log of 50 MB streams, and the page answers meanwhile', () =>
    inTab(browser, 'viewer', async (tab) => {
      await tab.addInitScript(() => {
        window.longest = 0
        new PerformanceObserver((list) => {
          for (const e of list.getEntries()) window.longest = Math.max(window.longest, e.duration)
        }).observe({ type: 'longtask', buffered: true })
      })
      await tab.goto(`${url}/runs/search-run-1`)
      await tab.getByText('streaming').waitFor()
      // It is used while it streams: the palette opens and closes, a line far up is looked at. Half of it waits for that.
      await tab.keyboard.press('/')
      await tab.getByRole('combobox').waitFor()
      await tab.keyboard.press('Escape')
      await tab.getByText('streaming').waitFor()
      await tab.getByRole('log').evaluate((e) => (e.scrollTop = 0))
      await tab.getByRole('log').getByText('line 1 of').first().waitFor()
      await fetch(`${input.control}/rest-of-log`, { method: 'POST' })
      await tab.getByText(`${input.long.toLocaleString('en-GB')} lines ·`).waitFor({ timeout: 5 * patience })
      const drawn = await tab.getByRole('log').evaluate((e) => e.querySelectorAll('button').length)
      must(drawn < 200, `${drawn} rows are drawn`)
      const streaming = Math.round(await tab.evaluate(() => window.longest))
      await tab.getByLabel('Search the log').fill(`line ${input.long} of`)
      await tab.getByText('1 of 1').waitFor()
      await tab.getByRole('log').getByText(`line ${input.long} of`).waitFor()
      note(`a log of 50 MB, ${input.long} lines: ${drawn} rows drawn; the longest task took ${streaming} ms while it streamed, ${Math.round(await tab.evaluate(() => window.longest))} ms with a search through all of it`)
    }),
  )
})
