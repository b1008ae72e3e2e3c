import type { ReactNode } from 'preact/compat'
import { Link } from 'wouter-preact'
import css from './Anchor.module.css'

/** A link to another view. strong: it is the name of a thing. */
export function Anchor({ to, strong, children, title }: { to: string; strong?: boolean; children: ReactNode; title?: string }) {
  return (
    <Link href={to} className={strong ? css.strong : css.link} title={title}>
      {children}
    </Link>
  )
}
