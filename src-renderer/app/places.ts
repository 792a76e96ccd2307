import {
  Activity,
  ChartNoAxesColumn,
  Columns2,
  Cpu,
  GraduationCap,
  LibraryBig,
  MessageCircleQuestion,
  Settings,
} from 'lucide-react'

/** The screens beside asking, in the order in which they are shown. */
export const places = [
  { href: '/library', label: 'Library', icon: LibraryBig },
  { href: '/questions', label: 'Questions', icon: MessageCircleQuestion },
  { href: '/teach', label: 'Teach', icon: GraduationCap },
  { href: '/compare', label: 'Compare', icon: Columns2 },
  { href: '/evaluate', label: 'Evaluate', icon: ChartNoAxesColumn },
  { href: '/models', label: 'Models', icon: Cpu },
  { href: '/activity', label: 'Activity', icon: Activity },
  { href: '/settings', label: 'Settings', icon: Settings, keys: ',' },
] as const
