/** The head of a table: columns that can be sorted by are buttons. */
export interface Column<By> {
  readonly title: string;
  readonly by?: By;
  readonly number?: boolean;
}

interface Props<By> {
  readonly columns: readonly Column<By>[];
  readonly sorted?: By;
  readonly sort?: (by: By) => void;
}

export function Head<By>({ columns, sorted, sort }: Props<By>) {
  return (
    <thead>
      <tr>
        {columns.map(({ title, by, number }) => (
          <th
            key={title}
            scope="col"
            class={number ? "number" : ""}
            {...(by !== undefined && by === sorted ? { "aria-sort": "other" as const } : {})}
          >
            {by === undefined || sort === undefined ? (
              title
            ) : (
              <button type="button" class="sort" onClick={() => sort(by)}>
                {title}
                <span aria-hidden="true">{by === sorted ? " ▾" : ""}</span>
              </button>
            )}
          </th>
        ))}
      </tr>
    </thead>
  );
}
