import { useState } from 'preact/compat'
import { useWrite } from '../../api/query'
import { Button } from '../../kit/Button'
import { Dialog } from '../../kit/Dialog'
import { Field } from '../../kit/Field'
import { Input } from '../../kit/Input'
import { Mistakes } from '../../kit/Mistakes'
import type { FlagDetail } from './FlagPage'
import css from './flags.module.css'

/** Gives a variant to another share of the users, at once or evenly over a time. */
export function ShareDialog({ flag, environment, onClose }: { flag: FlagDetail; environment: string; onClose: () => void }) {
  const serve = useWrite('post', '/flags/{project}/{flag}/serve')
  const [variant, setVariant] = useState(flag.variants[0] ?? '')
  const [to, setTo] = useState('')
  const [hours, setHours] = useState('0')
  const [reason, setReason] = useState('')
  const send = () =>
    serve.mutate(
      { params: { project: flag.project, flag: flag.key }, body: { environment, variant, to: Number(to), seconds: Number(hours) * 3600 || undefined, version: flag.version, reason: reason.trim() || undefined } },
      { onSuccess: (done) => !done.proposal && onClose() },
    )
  return (
    <Dialog
      title={`Who gets ${flag.key} in ${environment}`}
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>{serve.data ? 'Close' : 'Leave it'}</Button>
          {!serve.data && (
            <Button kind="primary" busy={serve.isPending} disabled={to === ''} onClick={send}>
              {Number(hours) > 0 ? 'Begin to move' : 'Change it now'}
            </Button>
          )}
        </>
      }
    >
      {serve.data ? (
        <p>{serve.data.text}</p>
      ) : (
        <div className={css.form}>
          <Field label="Variant">
            {(id) => (
              <select id={id} value={variant} onChange={(e) => setVariant(e.currentTarget.value)}>
                {flag.variants.map((v) => (
                  <option key={v}>{v}</option>
                ))}
              </select>
            )}
          </Field>
          <Field label="Its share, in percent" hint="Of those that no rule decides for. Who has it now keeps it while the share grows.">
            {(id, described) => <input id={id} aria-describedby={described} type="number" min="0" max="100" step="0.01" value={to} onChange={(e) => setTo(e.currentTarget.value)} autoFocus />}
          </Field>
          <Field label="Over">
            {(id) => (
              <select id={id} value={hours} onChange={(e) => setHours(e.currentTarget.value)}>
                <option value="0">no time: at once</option>
                <option value="1">an hour</option>
                <option value="8">8 hours</option>
                <option value="24">a day</option>
                <option value="168">a week</option>
              </select>
            )}
          </Field>
          <Input label="Why (may be empty)" value={reason} onChange={setReason} maxLength={500} />
        </div>
      )}
      <Mistakes of={serve.error} />
    </Dialog>
  )
}
