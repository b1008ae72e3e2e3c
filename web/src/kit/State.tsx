import { Icon } from './Icon'
import { lookOf } from './states'
import css from './State.module.css'

/** A state, by mark, tone and word. text overrides the word. */
export function State({ of, text }: { of: string; text?: string }) {
  const look = lookOf(of)
  return (
    <span className={`${css.state} ${css[look.tone]}`}>
      {look.icon === 'ring' ? <span className={css.ring} aria-hidden="true" /> : <Icon name={look.icon} size={13} />}
      {text ?? look.text ?? of}
    </span>
  )
}
