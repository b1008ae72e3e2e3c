import { useState } from 'preact/compat'
import { useWrite } from '../../api/query'
import { digits } from '../../format/number'
import { Confirm } from '../../kit/Confirm'
import { Reason } from '../../kit/Reason'
import { useMay } from '../../session/session'
import type { Ramp } from './RampPanel'
import css from './flags.module.css'

export type Wish = 'hold' | 'resume' | 'advance' | 'abort' | 'unlock'

/** Asks before a ramp is steered, and names the consequence. */
export function SteerRamp({ ramp: r, wish, onClose }: { ramp: Ramp; wish: Wish; onClose: () => void }) {
  const steer = useWrite('post', '/flags/{project}/{flag}/ramps/{environment}/{wish}')
  const [reason, setReason] = useState('')
  const [force, setForce] = useState(false)
  const mayForce = useMay('admin')
  const next = r.steps[r.step + 1]
  const share = `${digits(r.share)} %`
  const told: Record<Wish, { title: string; what: string; danger?: boolean; needed?: boolean; consequences: string[] }> = {
    hold: { title: 'Hold the ramp', what: 'Hold', needed: true, consequences: [`It stays at ${share} until somebody resumes it.`, 'The judge goes on watching: if it proves harm, the variant is taken back all the same.'] },
    resume: { title: 'Let the ramp go on', what: 'Resume', consequences: ['It goes on from where it is, under the judge as before.'] },
    advance: {
      title: 'Send the ramp on to its next step',
      what: next ? `Give it to ${digits(next.share)} %` : 'Finish it',
      danger: force,
      needed: force,
      consequences: [next ? `${digits(next.share)} % of the users get ${r.variant} instead of ${share}.` : `The ramp is over; ${share} keep ${r.variant}.`, force ? 'It goes on although the judge has not passed it.' : 'Without the judge’s pass, the server refuses this where the step asks for one.'],
    },
    abort: { title: 'Take the variant back', what: 'Abort', danger: true, consequences: [`All ${share} of the users who have ${r.variant} get ${r.control} again, at once.`, 'No ramp of this flag may follow here until somebody unlocks it.'] },
    unlock: { title: 'Let ramps of this flag begin again', what: 'Unlock', needed: true, consequences: [`The last one ended so: ${r.reason || r.phase}.`, 'Nothing changes for anybody now; another ramp may be begun.'] },
  }
  const { title, what, danger, needed, consequences } = told[wish]
  return (
    <Confirm
      title={`${title}: ${r.flag} in ${r.environment}?`}
      what={what}
      kind={danger ? 'danger' : 'primary'}
      consequences={consequences}
      busy={steer.isPending}
      problem={steer.error}
      ready={!needed || reason.trim() !== ''}
      onClose={onClose}
      onConfirm={() => steer.mutate({ params: { project: r.project, flag: r.flag, environment: r.environment, wish }, body: { reason: reason.trim() || undefined, force: force || undefined } }, { onSuccess: onClose })}
    >
      {wish === 'advance' && mayForce && (
        <label className={css.check}>
          <input type="checkbox" checked={force} onChange={(e) => setForce(e.currentTarget.checked)} /> Do not wait for the judge
        </label>
      )}
      <Reason needed={needed} value={reason} onChange={setReason} />
    </Confirm>
  )
}
