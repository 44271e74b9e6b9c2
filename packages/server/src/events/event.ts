/** An identity event as it enters the outbox, in the transaction of its cause. Carries no personal value (SPN-15). */
export interface OutboxEvent {
  readonly id: string;
  readonly tenant: string;
  readonly type: string;
  readonly at: number;
  readonly subject: string | null;
  readonly data: Readonly<Record<string, string | number | boolean>>;
}
