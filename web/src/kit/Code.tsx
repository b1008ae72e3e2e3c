import { Link } from 'wouter-preact'
import { shortCommit, shortDigest } from '../format/names'
import css from './Code.module.css'

/** A commit, by its first digits, leading to everything known of it. */
export function Commit({ of, plain }: { of?: string; plain?: boolean }) {
  if (!of) return null
  const text = (
    <span className={css.code} title={of}>
      {shortCommit(of)}
    </span>
  )
  return plain ? text : <Link href={`/why/${of}`}>{text}</Link>
}

/** An artifact, by the first digits of its digest. */
export function Digest({ of, plain }: { of?: string; plain?: boolean }) {
  if (!of) return null
  const text = (
    <span className={css.code} title={of}>
      {shortDigest(of)}
    </span>
  )
  return plain ? text : <Link href={`/why/${of}`}>{text}</Link>
}

/** A command to type. */
export function Command({ children }: { children: string }) {
  return <code className={css.code}>{children}</code>
}
