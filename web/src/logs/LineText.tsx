import { memo } from 'preact/compat'
import { count } from '../format/number'
import { spans } from './ansi'
import css from './LogView.module.css'

const widest = 2000 // characters of a line that are shown

/** One line: colours kept, everything hostile gone. */
export const LineText = memo(function LineText({ text }: { text: string }) {
  const shown = text.length > widest ? text.slice(0, widest) : text
  return (
    <span className={css.text}>
      {spans(shown).map((s, i) => {
        const look = [s.colour !== undefined && css[`c${s.colour}`], s.bold && css.bold, s.dim && css.dim, s.italic && css.italic, s.underline && css.underline].filter(Boolean).join(' ')
        return look ? (
          <span key={i} className={look}>
            {s.text}
          </span>
        ) : (
          s.text
        )
      })}
      {text.length > widest && ` … and ${count(text.length - widest)} more characters`}
    </span>
  )
})
