import type { ReactNode } from 'preact/compat'
import type { Problem } from '../api/problem'
import { Button } from './Button'
import { Dialog } from './Dialog'
import { Notice } from './Notice'
import css from './Confirm.module.css'

interface Props {
  title: string
  what: string // stands on the button: a verb
  kind?: 'primary' | 'danger'
  consequences: ReactNode[]
  children?: ReactNode // further input
  busy: boolean
  problem?: Problem | null
  ready?: boolean // all that is needed is there
  onConfirm: () => void
  onClose: () => void
}

/** Asks once more before something is done, and says what comes of it. */
export function Confirm({ title, what, kind = 'primary', consequences, children, busy, problem, ready = true, onConfirm, onClose }: Props) {
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        className={css.form}
        onSubmit={(e) => {
          e.preventDefault()
          if (ready && !busy) onConfirm()
        }}
      >
        <ul className={css.consequences}>
          {consequences.map((c, i) => (
            <li key={i}>
              <div>{c}</div>
            </li>
          ))}
        </ul>
        {children}
        {problem && <Notice tone="bad" title={problem.message} text={problem.hint || problem.fields.map((f) => f.text).join('\n')} />}
        <div className={css.actions}>
          <Button onClick={onClose}>Leave it</Button>
          <Button kind={kind} type="submit" busy={busy} disabled={!ready}>
            {what}
          </Button>
        </div>
      </form>
    </Dialog>
  )
}
