import { useState } from 'preact/compat'
import { useWrite } from '../../api/query'
import { Confirm } from '../../kit/Confirm'
import { Field } from '../../kit/Field'
import { Reason } from '../../kit/Reason'
import type { ExperimentDetail } from './ExperimentPage'

export type Move = 'start' | 'stop' | 'decide'

const told: Record<Move, { title: string; what: string; consequences: string[] }> = {
  start: { title: 'Start', what: 'Start it', consequences: ['From now on it counts who sees which variant and what they do.', 'The shares of the flag must stay as they are until it is over.'] },
  stop: { title: 'Stop', what: 'Stop it', consequences: ['Nothing more is counted, and it cannot go on. What it shows stays.', 'The flag goes on splitting its users until you decide.'] },
  decide: { title: 'Decide', what: 'Decide', consequences: ['The decision stands in the journal with what the numbers said.', 'It does not change the flag: give the variant to everybody on the flag’s page, or ramp it.'] },
}

/** Asks before an experiment is started, stopped or decided, and names what comes of it. */
export function MoveDialog({ experiment: e, move, onClose }: { experiment: ExperimentDetail; move: Move; onClose: () => void }) {
  const write = useWrite('post', '/experiments/{project}/{experiment}/{wish}')
  const variants = e.result?.arms.map((a) => a.variant) ?? [e.control]
  const advised = e.result?.winner || e.control
  const [variant, setVariant] = useState(advised)
  const [reason, setReason] = useState('')
  const { title, what, consequences } = told[move]
  const against = move === 'decide' && variant !== advised
  return (
    <Confirm
      title={`${title} the experiment ${e.name}?`}
      what={what}
      kind={move === 'start' ? 'primary' : 'danger'}
      consequences={against ? [...consequences, <b key="against">This is not what the numbers say, and is written down as such.</b>] : consequences}
      busy={write.isPending}
      problem={write.error}
      ready={move !== 'decide' || reason.trim() !== ''}
      onClose={onClose}
      onConfirm={() =>
        write.mutate({ params: { project: e.project, experiment: e.name, wish: move }, body: { variant: move === 'decide' ? variant : undefined, reason: reason.trim() || undefined } }, { onSuccess: onClose })
      }
    >
      {move === 'decide' && (
        <Field label="For">
          {(id) => (
            <select id={id} value={variant} onChange={(x) => setVariant(x.currentTarget.value)}>
              {variants.map((v) => (
                <option key={v}>{v}</option>
              ))}
            </select>
          )}
        </Field>
      )}
      <Reason needed={move === 'decide'} value={reason} onChange={setReason} />
    </Confirm>
  )
}
