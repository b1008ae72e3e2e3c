import type { Answer } from '../../api/client'
import { PageHead } from '../../kit/PageHead'

/** Says in one sentence how things are. */
export function Summary({ status }: { status: Answer<'/status'> }) {
  const moving = status.rollouts.length + status.runs.length
  const waiting = status.problems.length
  const parts = []
  if (moving > 0) parts.push(`${some(status.rollouts.length, 'rollout')}${status.rollouts.length && status.runs.length ? ' and ' : ''}${some(status.runs.length, 'run')} under way`)
  if (waiting > 0) parts.push(`${waiting} ${waiting === 1 ? 'thing needs' : 'things need'} a person`)
  return <PageHead title="Home" sub={parts.length > 0 ? `${parts.join('; ')}.` : 'All is calm: nothing moves, nothing waits.'} />
}

function some(n: number, noun: string): string {
  if (n === 0) return ''
  return `${n} ${noun}${n === 1 ? '' : 's'}`
}
