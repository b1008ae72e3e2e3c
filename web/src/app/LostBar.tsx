import { useEffect, useState } from 'preact/compat'
import { useLiveState } from '../live/stream'
import css from './Shell.module.css'

const patience = 2000 // ms: a short interruption is nobody's business

/** Says that the connection is lost, when it is for a while. */
export function LostBar() {
  const state = useLiveState()
  const [shown, setShown] = useState(false)
  useEffect(() => {
    if (state !== 'lost') {
      setShown(false)
      return
    }
    const timer = setTimeout(() => setShown(true), patience)
    return () => clearTimeout(timer)
  }, [state])
  return (
    <div role="status">
      {shown && (
        <div className={css.lost}>
          The connection to the server is lost; trying again. What is shown was so a moment ago. Services and router go on meanwhile.
        </div>
      )}
    </div>
  )
}
