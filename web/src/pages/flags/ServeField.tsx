import { useId } from 'preact/compat'
import type { Serve } from './draft'
import css from './flags.module.css'

const split = '\u0000split'

/** One variant for all, or shares of several that add up to 100. */
export function ServeField({ label, serve, variants, onChange }: { label: string; serve: Serve; variants: string[]; onChange: (serve: Serve) => void }) {
  const id = useId()
  const shares = typeof serve === 'object' ? serve : null
  const sum = shares ? Object.values(shares).reduce((a, b) => a + b, 0) : 100
  const begin = () => onChange(Object.fromEntries(variants.map((v, i) => [v, i === 0 ? 10 : i === 1 ? 90 : 0])))
  return (
    <div className={css.serve}>
      <label htmlFor={id}>{label}</label>
      <select id={id} value={shares ? split : (serve as string)} onChange={(e) => (e.currentTarget.value === split ? begin() : onChange(e.currentTarget.value))}>
        {serve === '' && <option value="">as it is by default</option>}
        {variants.map((v) => (
          <option key={v} value={v}>
            {v}
          </option>
        ))}
        <option value={split}>shares of several</option>
      </select>
      {shares && (
        <div className={css.shares}>
          {variants.map((v) => (
            <label key={v}>
              <span>{v}</span>
              <input type="number" min="0" max="100" step="0.01" value={shares[v] ?? 0} onChange={(e) => onChange({ ...shares, [v]: Number(e.currentTarget.value) })} /> %
            </label>
          ))}
          {Math.abs(sum - 100) > 1e-9 && <span role="status">Together {sum} %; it must be 100 %.</span>}
        </div>
      )}
    </div>
  )
}
