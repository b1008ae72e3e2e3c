import type { ButtonHTMLAttributes, ReactNode } from 'preact/compat'
import { Icon, type IconName } from './Icon'
import css from './Button.module.css'

interface Props extends ButtonHTMLAttributes<HTMLButtonElement> {
  kind?: 'plain' | 'primary' | 'danger' | 'harm' | 'quiet' // harm: does it, but not in red all over
  icon?: IconName
  busy?: boolean
  children?: ReactNode
}

/** Does something. What it does stands on it. */
export function Button({ kind = 'plain', icon, busy, children, className, disabled, ...rest }: Props) {
  return (
    <button type="button" {...rest} className={[css.button, kind !== 'plain' && css[kind], className].filter(Boolean).join(' ')} disabled={disabled || busy} aria-busy={busy || undefined}>
      {busy ? <span className={css.spin} aria-hidden="true" /> : icon && <Icon name={icon} />}
      {children}
    </button>
  )
}
