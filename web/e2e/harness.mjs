// What all scripts share: the browser, how a check is told, how to log in.
// A script says one line of JSON for each thing that it looked at; browser_test.go reads them.
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'

export const input = JSON.parse(process.env.E2E ?? '{}')

/** How long a condition may take to come true: a loaded machine is slow, and what is broken never comes. */
export const patience = 60_000

const say = (line) => process.stdout.write(JSON.stringify(line) + '\n')

/** Something to be read that is no check. */
export const note = (text) => say({ note: true, text })

/** Looks at one thing. What it throws is why it failed; the next thing is looked at all the same. */
export async function check(name, look) {
  if (input.checks && !input.checks.split(',').some((c) => name.includes(c))) return
  try {
    await look()
    say({ check: name, ok: true })
  } catch (error) {
    say({ check: name, ok: false, text: String(error?.stack ?? error).slice(0, 4000) })
  }
}

export function must(truth, text) {
  if (!truth) throw new Error(text)
}

/** Runs a script with a browser and closes it, whatever happens. */
export async function run(script) {
  const browser = await chromium.launch({
    executablePath: input.chromium ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--font-render-hinting=none', '--force-color-profile=srgb', '--hide-scrollbars'],
  })
  try {
    await script(browser)
    say({ check: 'end', ok: true })
  } finally {
    await browser.close()
  }
}

/**
 * A tab of somebody's own, logged in with a token. What the console or the
 * policy of the page complains about is collected in tab.complaints.
 */
export async function open(browser, url, token, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, reducedMotion: 'reduce', locale: 'en-GB', timezoneId: 'UTC', ...options })
  context.setDefaultTimeout(patience)
  if (token) await logIn(context, url, token)
  const tab = await context.newPage()
  await (await context.newCDPSession(tab)).send('Emulation.setScrollbarsHidden', { hidden: true })
  tab.complaints = []
  tab.on('console', (m) => {
    if (m.type() === 'error' || m.type() === 'warning') tab.complaints.push(m.text())
  })
  tab.on('pageerror', (e) => tab.complaints.push(String(e)))
  if (options.now) await tab.clock.setFixedTime(options.now)
  return tab
}

export async function logIn(context, url, token) {
  const answer = await context.request.post(url + '/session', { headers: { 'X-Davit-Page': '1' }, data: { token } })
  must(answer.ok(), `log in: ${answer.status()} ${await answer.text()}`)
  // Where the server's clock stands still, its cookie is over for this machine's: keep it without its end.
  const [name, value] = answer.headers()['set-cookie'].split(';')[0].split('=')
  await context.addCookies([{ name, value, url, httpOnly: true, sameSite: 'Strict' }])
}

/**
 * Notes what a tab asks for from now on. The function it returns waits for the answers and tells the bytes of
 * each body as sent; it is to be awaited while the tab is open, for a closed one tells no sizes.
 */
export function traffic(tab, counted) {
  const asked = []
  tab.on('request', (r) => counted(r.url()) && asked.push(r))
  const bytes = async (r) => ((await r.response()) ? (await r.sizes()).responseBodySize : 0)
  return () => Promise.all(asked.map(async (r) => ({ path: new URL(r.url()).pathname, bytes: await bytes(r) })))
}

/** Waits until the page shows what it has to show. */
export async function settled(tab) {
  await tab.locator('h1').first().waitFor()
  await tab.waitForFunction(() => !document.querySelector('[role=status] .hidden-from-eyes'))
  await tab.evaluate(() => document.fonts.ready)
  // Charts take their width from where they have come to stand, and what comes moves what is below: it is at rest when
  // it has been as high as it is for a few frames.
  await tab.evaluate(
    () =>
      new Promise((go) => {
        let height = -1
        let frames = 0
        const look = () => {
          const now = document.documentElement.scrollHeight
          frames = now === height ? frames + 1 : 0
          height = now
          if (frames < 4) requestAnimationFrame(look)
          else go()
        }
        look()
      }),
  )
}

/** Goes to a view and waits until it shows what it has to show. */
export async function go(tab, url, path) {
  await tab.goto(url + path)
  await settled(tab)
}

/**
 * How soon the first page shows what it is about: the largest contentful paint of each of eleven loads, in
 * milliseconds and in order of size. Nothing is cached; the tab is open, for what a browser does to open a window
 * is not ours. The floor is the first paint of twelve bytes of text in the same tab.
 */
export async function soon(browser, url, token) {
  const painted = (tab, kind) => tab.evaluate((type) => new Promise((say) => new PerformanceObserver((list) => say(Math.round(list.getEntries().at(-1).startTime))).observe({ type, buffered: true })), kind)
  const times = []
  const floor = []
  for (let load = 0; load < 11; load++) {
    const tab = await open(browser, url, token)
    await tab.goto(url + '/healthz')
    floor.push(await painted(tab, 'paint'))
    await go(tab, url, '/')
    await tab.getByText('Live').waitFor()
    times.push(await painted(tab, 'largest-contentful-paint'))
    await tab.context().close()
  }
  for (const list of [times, floor]) list.sort((a, b) => a - b)
  return { times, text: `what the first page is about is painted after ${times.join(', ')} ms (median ${times[5]}); twelve bytes of text, in the same tab: median ${floor[5]}; load average ${loadavg()[0].toFixed(1)}` }
}

const axePath = join(createRequire(import.meta.url).resolve('axe-core'), '..', 'axe.min.js')
const axe = readFileSync(axePath, 'utf8')

/** What axe finds wrong by WCAG 2.2, up to level AA. */
export async function violations(tab) {
  await tab.evaluate(axe) // by the debugger: the policy of the page lets no script in
  const found = await tab.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] }))
  return found.violations.map((v) => `${v.id}: ${v.help}\n${v.nodes.map((n) => `    ${n.html.slice(0, 200)}\n      ${n.failureSummary}`).join('\n')}`)
}

/** What stands over the right edge of the window. */
export function overEdge(tab) {
  return tab.evaluate(() => {
    const width = document.documentElement.clientWidth
    if (document.documentElement.scrollWidth <= width) return []
    return [...document.querySelectorAll('main *, header *')].filter((e) => e.getBoundingClientRect().right > width + 1 && !e.closest('[class*=wrap], [class*=scroll], nav')).slice(0, 5).map((e) => e.outerHTML.slice(0, 160))
  })
}
