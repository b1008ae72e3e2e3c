import { useState } from 'preact/compat'
import { useWrite } from '../../api/query'
import { Button } from '../../kit/Button'
import { Dialog } from '../../kit/Dialog'
import { Field } from '../../kit/Field'
import { Mistakes } from '../../kit/Mistakes'
import type { FlagDetail } from './FlagPage'

export type Turn = 'on' | 'off' | 'kill'

const told: Record<Turn, { title: string; text: string; go: string }> = {
  on: { title: 'Turn on', text: 'Its rules and shares begin to hold at once, for everybody who asks.', go: 'Turn it on' },
  off: { title: 'Turn off', text: 'Everybody gets the off variant at once. Its rules stay as they are, for the next time.', go: 'Turn it off' },
  kill: { title: 'Kill', text: 'Everybody gets the off variant at once, whatever is planned, ramping, or needs a second person’s yes. The reason stands in the journal.', go: 'Kill it' },
}

/** Asks before a flag is switched, and names the consequence. Killing needs a reason. */
export function TurnDialog({ flag, environment, what, onClose }: { flag: FlagDetail; environment: string; what: Turn; onClose: () => void }) {
  const on = useWrite('post', '/flags/{project}/{flag}/on')
  const off = useWrite('post', '/flags/{project}/{flag}/off')
  const kill = useWrite('post', '/flags/{project}/{flag}/kill')
  const write = { on, off, kill }[what]
  const [reason, setReason] = useState('')
  const { title, text, go } = told[what]
  const send = () => write.mutate({ params: { project: flag.project, flag: flag.key }, body: { environment, reason: reason.trim() || undefined } }, { onSuccess: (done) => !done.proposal && onClose() })
  return (
    <Dialog
      title={`${title} ${flag.key} in ${environment}?`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{write.data ? 'Close' : 'Leave it'}</Button>
          {!write.data && (
            <Button kind={what === 'on' ? 'primary' : 'danger'} busy={write.isPending} disabled={what === 'kill' && !reason.trim()} onClick={send}>
              {go}
            </Button>
          )}
        </>
      }
    >
      <p>{write.data?.text ?? text}</p>
      {!write.data && (
        <Field label={what === 'kill' ? 'Why' : 'Why (may be empty)'}>{(id) => <input id={id} value={reason} onChange={(e) => setReason(e.currentTarget.value)} maxLength={500} autoFocus={what === 'kill'} />}</Field>
      )}
      <Mistakes of={write.error} />
    </Dialog>
  )
}
