import { count, percent } from '../../format/number'
import { Notice } from '../../kit/Notice'
import { Table } from '../../kit/Table'
import type { ExperimentDetail } from './ExperimentPage'
import css from './experiments.module.css'

/** Who got which variant, and whether that is as it was meant: if not, nothing else is to be believed. */
export function Arms({ result: r }: { result: NonNullable<ExperimentDetail['result']> }) {
  return (
    <div className={css.effects}>
      {r.alarm && <Notice tone="bad" title="The users are not spread as the flag says, so the numbers below are not to be believed" text="Find out why first: a variant that is slower or crashes loses its users before they are counted; a redirect may come before the exposure; or the shares were changed while it ran." />}
      <Table
        caption="Users of each variant"
        rows={r.arms}
        rowKey={(a) => a.variant}
        columns={[
          { name: 'Variant', cell: (a) => <b>{a.variant}</b> },
          { name: 'Users', number: true, cell: (a) => count(a.users) },
          { name: 'Have', number: true, cell: (a) => percent(a.share) },
          { name: 'Should have', number: true, cell: (a) => percent(a.meant) },
        ]}
      />
      <p className={css.quiet}>
        Shares: {r.ratio}; {r.several}.
        {r.sampled < 1 && ` ${percent(r.sampled)} of the users are analysed: there are too many to keep all.`}
      </p>
    </div>
  )
}
