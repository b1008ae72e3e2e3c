import { useLiveState } from '../live/stream'
import css from './LiveMark.module.css'

const words = { open: 'Live', connecting: 'Connecting', lost: 'Reconnecting' }

/** Whether what is on the page is what is so now. */
export function LiveMark() {
  const state = useLiveState()
  return (
    <span className={`${css.mark} ${css[state] ?? ''}`} title={state === 'open' ? 'What happens appears here at once' : 'What is shown may be old'}>
      <span className={css.dot} aria-hidden="true" />
      <span className={css.word}>{words[state]}</span>
    </span>
  )
}
