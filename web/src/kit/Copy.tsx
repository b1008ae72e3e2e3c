import { useState } from 'preact/compat'
import { Button } from './Button'
import css from './Copy.module.css'

/** A command to take along. Where the browser gives no clipboard, it can be selected. */
export function Copy({ text }: { text: string }) {
  const [done, setDone] = useState(false)
  return (
    <div className={css.copy}>
      <code tabIndex={0}>{text}</code>
      {'clipboard' in navigator && (
        <Button
          kind="quiet"
          icon={done ? 'check' : 'copy'}
          aria-label={done ? 'Copied' : `Copy: ${text}`}
          onClick={() => {
            void navigator.clipboard.writeText(text).then(() => {
              setDone(true)
              setTimeout(() => setDone(false), 1500)
            })
          }}
        />
      )}
    </div>
  )
}
