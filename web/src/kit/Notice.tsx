import type { ReactNode } from 'preact/compat'
import { Icon, type IconName } from './Icon'
import css from './Notice.module.css'

type Tone = 'good' | 'bad' | 'wait' | 'info'

const icons: Record<Tone, IconName> = { good: 'check', bad: 'alert', wait: 'clock', info: 'dot' }

/** Says something that matters here, and what to do about it. */
export function Notice({ tone, title, text, action }: { tone: Tone; title: ReactNode; text?: ReactNode; action?: ReactNode }) {
  return (
    <div className={`${css.notice} ${css[tone]}`} role={tone === 'bad' ? 'alert' : 'status'}>
      <Icon name={icons[tone]} />
      <div className={css.title}>{title}</div>
      {action && <div className={css.action}>{action}</div>}
      {text && <div className={css.text}>{text}</div>}
    </div>
  )
}
