import { address, type Loose } from '../api/client'
import { Problem } from '../api/problem'
import type { LogLine } from '../api/types'
import type { LogStore } from './LogStore'

const slice = 12 // ms of work before the page may breathe
const again = 1500 // ms before a lost connection is tried again

/**
 * Reads a log into a store until its end. After a lost connection it goes on
 * where it was; the log of instances, whose lines have no lasting numbers, is
 * read anew.
 */
export async function readLog(path: string, params: Loose, store: LogStore, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !store.ended && !store.full) {
    try {
      if (store.mixed) store.restart()
      await once(path, store.mixed ? params : { ...params, after: store.last || undefined }, store, signal)
    } catch (error) {
      if (signal.aborted) return
      if (error instanceof Problem && error.status >= 400 && error.status < 500) {
        store.end(error.message)
        return
      }
    }
    if (!store.ended && !signal.aborted) await new Promise((go) => setTimeout(go, again))
  }
}

async function once(path: string, params: Loose, store: LogStore, signal: AbortSignal): Promise<void> {
  const answer = await fetch(address(path, params), { signal, credentials: 'same-origin' })
  if (!answer.ok) throw new Problem(answer.status, await answer.json().catch(() => ({})))
  if (!answer.body) return
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return
    rest += value
    let batch: LogLine[] = []
    let began = performance.now()
    let from = 0
    for (let to = rest.indexOf('\n\n'); to >= 0; to = rest.indexOf('\n\n', from)) {
      take(rest.slice(from, to), batch, store)
      from = to + 2
      if (performance.now() - began > slice) {
        store.add(batch)
        batch = []
        await new Promise((go) => setTimeout(go))
        if (signal.aborted || store.full) return
        began = performance.now()
      }
    }
    rest = rest.slice(from)
    if (batch.length > 0) store.add(batch)
    if (store.ended) return
  }
}

/** Takes one message of the stream. */
function take(message: string, batch: LogLine[], store: LogStore): void {
  let name = ''
  let data = ''
  for (const line of message.split('\n')) {
    if (line.startsWith('event: ')) name = line.slice(7)
    else if (line.startsWith('data: ')) data += line.slice(6)
  }
  if (name === 'line') batch.push(JSON.parse(data) as LogLine)
  else if (name === 'end' || name === 'problem') {
    store.add(batch.splice(0))
    store.end(name === 'problem' ? (JSON.parse(data) as { detail: string }).detail : '')
  }
}
