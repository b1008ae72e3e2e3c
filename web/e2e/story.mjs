// Watches the demo's six commits on the page, and clicks through what came of them.
import { check, input, must, open, run, settled, violations } from './harness.mjs'

const long = 15 * 60_000 // six commits with real builds, on a machine under load

await run(async (browser) => {
  const url = new URL(input.link).origin
  const tab = await open(browser, url)
  tab.setDefaultTimeout(long)

  await check('the link opens the page, once', async () => {
    await tab.goto(input.link)
    await tab.getByRole('link', { name: 'Services' }).waitFor()
    must(!tab.url().includes('code='), `the code stays in the address: ${tab.url()}`)
    const other = await open(browser, url)
    await other.goto(input.link)
    await other.getByText('this link was used already').waitFor()
    await other.context().close()
  })

  await check('the first version reaches production', async () => {
    await tab.goto(url + '/')
    await tab.getByRole('list', { name: 'Reached production today' }).getByText('shop-1').first().waitFor()
  })

  await check('a rollout is seen moving', async () => {
    await tab.getByRole('region', { name: 'Moving now' }).getByText('shop → production').first().waitFor()
  })

  await check('what does harm is taken back, and the reason stands there', async () => {
    const back = tab.getByRole('list', { name: 'Taken back' })
    for (const release of ['shop-3', 'shop-4', 'shop-5']) await back.getByText(release).first().waitFor()
    const text = await back.innerText()
    must(/error/i.test(text) && /ms|slow|latency/i.test(text) && /start|exit|crash/i.test(text), `the reasons read:\n${text}`)
  })

  await check('from the reason to the rollout, its release and its run', async () => {
    await tab.getByRole('list', { name: 'Taken back' }).getByRole('listitem').filter({ hasText: 'shop-3' }).getByRole('link').first().click()
    await tab.getByRole('heading', { name: 'shop-3 → production', level: 1 }).waitFor()
    await tab.getByText('rolled back').first().waitFor()
    await tab.getByRole('link', { name: /shop-run-/ }).first().click()
    await tab.getByRole('heading', { name: 'Fails 5 % of its requests', level: 1 }).waitFor()
    await tab.getByRole('link', { name: 'shop-3' }).first().click()
    await tab.getByRole('heading', { name: 'shop-3', level: 1 }).waitFor()
    await tab.getByRole('link', { name: 'Home' }).click()
  })

  await check('the commit whose tests fail never sets out', async () => {
    await tab.getByRole('link', { name: 'Services' }).click()
    await settled(tab)
    await tab.getByRole('row').filter({ hasText: /a test fails/i }).getByText('failed').waitFor()
  })

  await check('all of it stands in the journal, and the journal is whole', async () => {
    await tab.getByRole('link', { name: 'Audit' }).click()
    await tab.getByText('unbroken').waitFor()
    await tab.getByLabel('Kinds, with commas').fill('rollout.rolled-back')
    await tab.getByRole('button', { name: 'Show', exact: true }).click()
    await tab.waitForFunction(() => document.querySelectorAll('main ol > li').length === 3)
    const wrong = await violations(tab)
    must(wrong.length === 0, wrong.join('\n'))
    await tab.reload()
    await tab.waitForFunction(() => document.querySelectorAll('main ol > li').length === 3)
  })

  await check('the console is silent', async () => {
    must(tab.complaints.length === 0, tab.complaints.join('\n'))
  })
})
