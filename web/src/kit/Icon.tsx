/** Paths on a grid of 16, drawn with a stroke. */
const paths = {
  check: 'M3.5 8.5l3 3 6-7',
  cross: 'M4.5 4.5l7 7M11.5 4.5l-7 7',
  back: 'M6.5 4L3 7.5 6.5 11M3.5 7.5H10a3 3 0 010 6H8',
  pause: 'M5.5 4v8M10.500 4v8',
  play: 'M5.5 3.500l7 4.500-7 4.500z',
  clock: 'M8 4.500V8l2.500 1.500M14 8A6 6 0 112 8a6 6 0 0112 0z',
  dot: 'M8 6.500a1.500 1.500 0 100 3 1.500 1.500 0 000-3z',
  dash: 'M4 8h8',
  alert: 'M8 5v3.500M8 11h.01M8 2l6.500 11.500h-13z',
  search: 'M7 12A5 5 0 107 2a5 5 0 000 10zM10.700 10.700L14 14',
  sun: 'M8 5a3 3 0 100 6 3 3 0 000-6zM8 1.500v1M8 13.500v1M1.500 8h1M13.500 8h1M3.400 3.400l.7.7M11.900 11.900l.7.7M3.400 12.600l.7-.7M11.900 4.100l.7-.7',
  moon: 'M13.500 9.500A6 6 0 016.500 2.500a6 6 0 107 7z',
  auto: 'M8 2a6 6 0 100 12zM8 2a6 6 0 010 12',
  user: 'M8 8a2.750 2.750 0 100-5.500A2.750 2.750 0 008 8zM2.500 14c.6-2.600 2.800-4 5.500-4s4.900 1.400 5.500 4',
  right: 'M6 3.500L10.500 8 6 12.500',
  down: 'M3.500 6L8 10.500 12.500 6',
  download: 'M8 2.500v7M5 7l3 3 3-3M3 13.500h10',
  link: 'M6.500 9.500a2.500 2.500 0 003.600 0l2.200-2.200a2.500 2.500 0 00-3.600-3.600l-.9.9M9.500 6.500a2.500 2.500 0 00-3.600 0L3.700 8.700a2.500 2.500 0 003.600 3.600l.9-.9',
  copy: 'M5.500 5.500v-3h8v8h-3M2.500 5.500h8v8h-8z',
  menu: 'M2.500 4.500h11M2.500 8h11M2.500 11.500h11',
  table: 'M2.500 3.500h11v9h-11zM2.500 6.500h11M6.500 6.500v6',
  chart: 'M2.500 2.500v11h11M5 10l2.500-3 2 2L13 5',
  branch: 'M5 3.500v9M5 3.500a1 1 0 100-.01M5 12.500a1 1 0 100-.01M11 5.500a1 1 0 100-.01M11 5.500c0 3-6 2-6 4.500',
  box: 'M8 2l5.500 3v6L8 14l-5.500-3V5zM2.500 5L8 8l5.500-3M8 8v6',
  wind: 'M2 6h7a2 2 0 10-2-2M2 9h10a2 2 0 11-2 2M2 12h4',
  out: 'M6.500 3.500h-3v9h3M7 8h7M11 5l3 3-3 3',
  external: 'M6 3.500H3.500v9h9V10M9 3.500h3.500V7M12.500 3.500L7.500 8.500',
} as const

export type IconName = keyof typeof paths

/** A small mark. It is for the eye only: what it means stands beside it in words. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 16 16" fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round" aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  )
}
