/** The most of something, each with a bar as long as its share of the whole, or of the first. */

import type { ChartData } from './chart';
import classes from './ranking.module.css';

export function Ranking({ data }: { data: ChartData }) {
  const totals = data.points.map(({ values }) =>
    Object.values(values).reduce<number>((sum, value) => sum + (value ?? 0), 0),
  );
  const most = data.full ?? Math.max(...totals);
  return (
    <ol className={classes.list}>
      {data.points.map(({ key: name, label, values }, place) => (
        <li key={name}>
          <div className={classes.line}>
            <span className={classes.name} title={label}>
              {label}
            </span>
            <span className="numbers">{data.format(totals[place] ?? 0)}</span>
          </div>
          <div className={classes.bar} aria-hidden>
            {data.series.map(({ key, tone }) => (
              <div
                key={key}
                style={{ width: `${((values[key] ?? 0) / most) * 100}%`, background: `var(--panel-${tone})` }}
              />
            ))}
          </div>
        </li>
      ))}
    </ol>
  );
}
