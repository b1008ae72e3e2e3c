import type { ReactNode } from 'preact/compat'
import { Link } from 'wouter-preact'
import css from './Button.module.css'

/** A link to another view that looks like a button: where one goes to do something. */
export function LinkButton({ to, kind = 'plain', children }: { to: string; kind?: 'plain' | 'primary'; children: ReactNode }) {
  return (
    <Link href={to} className={kind === 'primary' ? `${css.button} ${css.primary}` : css.button}>
      {children}
    </Link>
  )
}
