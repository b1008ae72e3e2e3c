import type { IconName } from './Icon'

export type Tone = 'good' | 'bad' | 'wait' | 'move' | 'idle'

interface Look {
  tone: Tone
  icon: IconName | 'ring'
  text?: string
}

/** How each state that the server names is shown: a mark, a tone and its word. */
const looks: Record<string, Look> = {
  // runs
  queued: { tone: 'idle', icon: 'clock' },
  running: { tone: 'move', icon: 'ring' },
  packaging: { tone: 'move', icon: 'ring' },
  deploying: { tone: 'move', icon: 'ring' },
  succeeded: { tone: 'good', icon: 'check' },
  failed: { tone: 'bad', icon: 'cross' },
  cancelled: { tone: 'idle', icon: 'cross' },
  superseded: { tone: 'idle', icon: 'right' },
  // stages and deployments
  waiting: { tone: 'idle', icon: 'clock' },
  pending: { tone: 'idle', icon: 'clock' },
  passed: { tone: 'good', icon: 'check' },
  skipped: { tone: 'idle', icon: 'dash' },
  'timed-out': { tone: 'bad', icon: 'clock', text: 'timed out' },
  lost: { tone: 'wait', icon: 'alert' },
  'rolling-out': { tone: 'move', icon: 'ring', text: 'rolling out' },
  // rollouts
  preparing: { tone: 'move', icon: 'ring' },
  verifying: { tone: 'move', icon: 'ring' },
  shifting: { tone: 'move', icon: 'ring' },
  baking: { tone: 'move', icon: 'ring', text: 'being judged' },
  held: { tone: 'wait', icon: 'pause' },
  promoting: { tone: 'move', icon: 'ring' },
  settling: { tone: 'good', icon: 'ring' },
  done: { tone: 'good', icon: 'check' },
  'rolling-back': { tone: 'bad', icon: 'back', text: 'rolling back' },
  'rolled-back': { tone: 'bad', icon: 'back', text: 'rolled back' },
  stranded: { tone: 'bad', icon: 'alert' },
  // findings
  pass: { tone: 'good', icon: 'check', text: 'passed' },
  fail: { tone: 'bad', icon: 'cross', text: 'failed' },
  wait: { tone: 'wait', icon: 'clock', text: 'waits' },
  // health
  ok: { tone: 'good', icon: 'check', text: 'healthy' },
  degraded: { tone: 'wait', icon: 'alert' },
  down: { tone: 'bad', icon: 'cross' },
  none: { tone: 'idle', icon: 'dash', text: 'nothing yet' },
  unknown: { tone: 'wait', icon: 'alert', text: 'not known' },
  // instances
  ready: { tone: 'good', icon: 'check' },
  starting: { tone: 'move', icon: 'ring' },
  'not-ready': { tone: 'wait', icon: 'alert', text: 'not ready' },
  'back-off': { tone: 'wait', icon: 'clock', text: 'died, starts again' },
  'crash-loop': { tone: 'bad', icon: 'cross', text: 'crash loop' },
  stopping: { tone: 'idle', icon: 'ring' },
  stopped: { tone: 'idle', icon: 'dash' },
}

/** The look of a state; one that is not known is shown as its word alone. */
export function lookOf(state: string): Look {
  return looks[state] ?? { tone: 'idle', icon: 'dot' }
}
