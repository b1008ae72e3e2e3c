import { useState } from 'preact/compat'
import { useWrite } from '../../api/query'
import { Confirm } from '../../kit/Confirm'
import { Reason } from '../../kit/Reason'

/** Asks before a segment is removed. */
export function RemoveSegment({ project, name, onClose }: { project: string; name: string; onClose: () => void }) {
  const remove = useWrite('delete', '/segments/{project}/{segment}')
  const [reason, setReason] = useState('')
  return (
    <Confirm
      title={`Remove the segment ${name}?`}
      what="Remove it"
      kind="danger"
      consequences={['No flag asks for it, so nobody gets anything else than before.', 'Who is in it is forgotten: the journal keeps that it was removed, not its list.']}
      busy={remove.isPending}
      problem={remove.error}
      onClose={onClose}
      onConfirm={() => remove.mutate({ params: { project, segment: name, reason: reason.trim() || undefined } }, { onSuccess: onClose })}
    >
      <Reason value={reason} onChange={setReason} />
    </Confirm>
  )
}
