import css from './Loading.module.css'

/** Something is on its way. It shows only if that takes a moment. */
export function Loading({ what, lines = 3 }: { what: string; lines?: number }) {
  return (
    <div className={css.loading} role="status">
      <span className="hidden-from-eyes">Loading {what}</span>
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} className={css.line} aria-hidden="true" />
      ))}
    </div>
  )
}
