import type { ReactNode } from 'react'
import css from './Table.module.css'

export interface Column<T> {
  name: ReactNode
  number?: boolean // set to the right
  wide?: boolean // whole sentences
  cell: (row: T) => ReactNode
}

/** Rows and columns. caption says what they are, for those who hear it. */
export function Table<T>({ caption, columns, rows, rowKey }: { caption: string; columns: Column<T>[]; rows: T[]; rowKey: (row: T, i: number) => string }) {
  return (
    <div className={css.wrap} tabIndex={0} role="region" aria-label={caption}>
      <table className={css.table}>
        <caption className="hidden-from-eyes">{caption}</caption>
        <thead>
          <tr>
            {columns.map((c, i) => (
              <th key={i} scope="col" className={c.number ? css.number : undefined}>
                {c.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, i) => (
            <tr key={rowKey(row, i)}>
              {columns.map((c, j) => (
                <td key={j} className={c.number ? css.number : c.wide ? css.wide : undefined}>
                  {c.cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
