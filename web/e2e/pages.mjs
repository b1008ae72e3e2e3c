// Looks at every view in light and dark, wide and narrow.
import { join } from 'node:path'
import { check, go, input, must, open, overEdge, run, settled, violations } from './harness.mjs'
import { views } from './views.mjs'

const sizes = [
  { width: 1280, height: 800 },
  { width: 390, height: 844 },
]

await run(async (browser) => {
  const wanted = views.filter((v) => !input.only || input.only.split(',').some((w) => (w.endsWith('=') ? v.name === w.slice(0, -1) : v.name.startsWith(w))))
  for (const role of ['out', 'admin', 'viewer', 'empty']) {
    const mine = wanted.filter((v) => roleOf(v) === role)
    if (mine.length === 0) continue
    const url = role === 'empty' ? input.empty : input.url
    const token = role === 'out' ? '' : role === 'empty' ? input.emptyTokens.admin : input.tokens[role]
    const tab = await open(browser, url, token, { now: input.now })
    for (const view of mine) {
      await go(tab, url, view.path)
      const two = Boolean(view.press) && view.press !== 'Edit' // a dialog: seen wide in light, narrow in dark
      if (view.press) await tab.getByRole('button', { name: view.press, exact: true }).click()
      if (two) await tab.getByRole('dialog').waitFor() // the palette is fetched when it is first asked for
      for (const colorScheme of ['light', 'dark']) {
        await tab.emulateMedia({ colorScheme, reducedMotion: 'reduce' })
        for (const size of sizes) if (!two || (colorScheme === 'light') === (size.width > 1000)) await look(tab, view, colorScheme, size)
      }
    }
    await tab.context().close()
  }
})

function roleOf(view) {
  if (view.out) return 'out'
  if (view.empty) return 'empty'
  return view.role ?? 'admin'
}

async function look(tab, view, theme, size) {
  const name = `${view.name}-${theme}-${size.width}`
  await check(name, async () => {
    await tab.setViewportSize(size)
    await settled(tab)
    const title = await tab.locator('h1').first().innerText()
    must(title === view.title, `the page is called ${title}`)
    const picture = { path: join(input.shots, name + '.png'), animations: 'disabled', caret: 'hide' }
    if (view.press && view.press !== 'Edit') await tab.screenshot(picture) // a dialog stands where the page is scrolled to
    else {
      const height = Math.min(1600, await tab.evaluate(() => document.documentElement.scrollHeight))
      await tab.screenshot({ ...picture, clip: { x: 0, y: 0, width: size.width, height: Math.max(size.height, height) }, fullPage: true })
    }
    const over = await overEdge(tab)
    must(over.length === 0, `stands over the edge:\n${over.join('\n')}`)
    // Colours are those of either width, and so is the order of things in either theme.
    const wrong = theme === 'dark' && size.width < 1000 && !view.press ? [] : await violations(tab)
    must(wrong.length === 0, `axe:\n${wrong.join('\n')}`)
    must(tab.complaints.length === 0, `the console says:\n${tab.complaints.splice(0).join('\n')}`)
  })
}
