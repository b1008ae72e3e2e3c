// Takes the pictures of README and docs from the running demo, and the frames of the recording of a rollback.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { check, go, input, must, open, run } from './harness.mjs'

const long = 15 * 60_000
const every = 400 // ms between two frames
const after = 3000 // ms that are recorded beyond the end

await run(async (browser) => {
  const url = new URL(input.link).origin
  const tab = await open(browser, url, undefined, { colorScheme: 'light', reducedMotion: 'no-preference' })
  tab.setDefaultTimeout(long)
  await tab.goto(input.link)
  await tab.getByRole('link', { name: 'Services' }).waitFor()
  const picture = (name) => tab.screenshot({ path: join(input.shots, name + '.png'), caret: 'hide' })
  const ask = (path) => tab.evaluate(async (p) => (await fetch('/api/v1' + p)).json(), path)

  await check('a rollback is recorded', async () => {
    await tab.setViewportSize({ width: 1000, height: 720 })
    await go(tab, url, '/services/shop') // what a rollout's page needs is loaded by then, for the most part
    const rollout = await until(async () => (await ask('/rollouts?service=shop&environment=production&limit=5')).items.find((r) => r.release === 'shop-3'))
    await go(tab, url, `/rollouts/${rollout.id}`)
    const begun = Date.now()
    const times = []
    let end = 0
    for (let n = 0; !end || Date.now() < end; n++) {
      times.push(Date.now() - begun)
      await tab.screenshot({ path: join(input.frames, `${String(n).padStart(4, '0')}.png`), caret: 'hide' })
      if (!end && (await ask(`/rollouts/${rollout.id}`)).final) end = Date.now() + after
      must(n < 400, 'the rollback does not come')
      await new Promise((go) => setTimeout(go, every))
    }
    writeFileSync(join(input.frames, 'times.json'), JSON.stringify(times))
    await tab.setViewportSize({ width: 1280, height: 800 })
    await picture('rollout-rolled-back')
  })

  await check('pictures are taken', async () => {
    await go(tab, url, '/')
    await tab.getByRole('region', { name: 'Moving now' }).getByText('shop → production').first().waitFor()
    await picture('home')
    await tab.getByRole('list', { name: 'Taken back' }).getByText('shop-5').first().waitFor()
    await go(tab, url, '/services/shop')
    await picture('service')
    const good = (await ask('/rollouts?service=shop&environment=production&phase=done&limit=1')).items[0]
    await go(tab, url, `/rollouts/${good.id}`)
    await picture('rollout-done')
    await go(tab, url, '/audit')
    await tab.getByText('unbroken').waitFor()
    await picture('audit')
    await tab.emulateMedia({ colorScheme: 'dark' })
    await go(tab, url, '/')
    await picture('home-dark')
  })
})

async function until(look) {
  const end = Date.now() + long
  while (Date.now() < end) {
    const found = await look()
    if (found) return found
    await new Promise((go) => setTimeout(go, 100))
  }
  throw new Error('it does not come')
}
