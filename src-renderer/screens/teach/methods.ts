import type { TrainingMethod } from '../../../src-main/contract/index.ts'

/** What a method is called and does, in plain words. */
export const methods: Record<TrainingMethod, { label: string; hint: string }> = {
  dgpo: {
    label: 'Imitate, then practice (DGPO)',
    hint: 'The student first imitates the teacher, then practices on its own: right answers are rewarded, wrong ones are pulled toward the teacher. The best results.',
  },
  kd: {
    label: 'Imitate the teacher (KD)',
    hint: 'Learns the teacher’s right answers word by word, and how sure the teacher was of each word.',
  },
  seqkd: { label: 'Copy the teacher’s texts (SeqKD)', hint: 'Learns the teacher’s right answers as plain text.' },
  gkd: {
    label: 'Half own, half teacher’s texts (GKD)',
    hint: 'Learns from its own attempts as well, each judged by the teacher word by word.',
  },
  distillm: {
    label: 'Own attempts when they help (DistiLLM)',
    hint: 'Uses its own attempts more often when imitation alone stops helping.',
  },
  taid: {
    label: 'A teacher that comes closer (TAID)',
    hint: 'The target moves step by step from the student to the teacher.',
  },
  ppo: {
    label: 'Practice alone (PPO)',
    hint: 'No teacher: right answers are rewarded. Needs a student that is right now and then.',
  },
  grpo: {
    label: 'Practice in groups (GRPO)',
    hint: 'No teacher: several attempts at each question are compared with each other.',
  },
}

/** How much work goes into a run; each is a part of the run's settings. */
export const efforts = {
  quick: {
    label: 'Quick',
    hint: 'Minutes with a micro model: enough to see whether it learns.',
    config: {
      distillation: { epochs: 6, batch: 8, teacherTemperature: 0 },
      reinforcement: { steps: 20, batch: 32 },
      validation: { every: 5 },
    },
  },
  normal: {
    label: 'Normal',
    hint: 'For most question sets.',
    config: { distillation: { epochs: 5, teacherTemperature: 0 }, reinforcement: { steps: 100, batch: 64 } },
  },
  thorough: {
    label: 'Thorough',
    hint: 'Several times as long, for large sets.',
    config: {
      distillation: { epochs: 5, teacherTemperature: 0 },
      reinforcement: { steps: 500, batch: 128 },
    },
  },
} as const

export type Effort = keyof typeof efforts

/** Methods in which a teacher takes part. */
export const needsTeacher = (method: TrainingMethod): boolean => method !== 'ppo' && method !== 'grpo'
