import { useState } from 'preact/compat'
import { useWrite } from '../../api/query'
import type { Release } from '../../api/types'
import { Button } from '../../kit/Button'
import { Confirm } from '../../kit/Confirm'
import { Reason } from '../../kit/Reason'
import { useMay } from '../../session/session'

/** Keeps an artifact from coming back by itself, or lets it. */
export function Quarantine({ release: r }: { release: Release }) {
  const [asked, ask] = useState(false)
  const [reason, setReason] = useState('')
  const mayLift = useMay('admin')
  const maySet = useMay('deployer')
  const set = useWrite('post', '/quarantine')
  const lift = useWrite('post', '/quarantine/{digest}/lift')
  if (!(r.quarantined ? mayLift : maySet)) return null
  const close = () => ask(false)
  return (
    <>
      <Button onClick={() => ask(true)}>{r.quarantined ? 'Lift the quarantine' : 'Quarantine'}</Button>
      {asked && (
        <Confirm
          title={r.quarantined ? `Let ${r.id} come back?` : `Quarantine ${r.id}?`}
          what={r.quarantined ? 'Lift' : 'Quarantine'}
          kind={r.quarantined ? 'primary' : 'danger'}
          consequences={
            r.quarantined
              ? ['The next push or promotion may roll this artifact out again.', 'Nothing is deployed by this.']
              : ['No push, promotion or rerun brings this artifact out again until an admin lifts it.', r.serving.length > 0 ? `It goes on serving ${r.serving.join(', ')}: roll back there to end that.` : 'It serves nowhere now.']
          }
          busy={set.isPending || lift.isPending}
          problem={set.error ?? lift.error}
          ready={reason.trim() !== ''}
          onClose={close}
          onConfirm={() => (r.quarantined ? lift.mutate({ params: { digest: r.quarantine ?? r.artifact }, body: { reason } }, { onSuccess: close }) : set.mutate({ params: {}, body: { digest: r.artifact, reason } }, { onSuccess: close }))}
        >
          <Reason needed value={reason} onChange={setReason} />
        </Confirm>
      )}
    </>
  )
}
