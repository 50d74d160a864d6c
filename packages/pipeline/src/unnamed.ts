/** What a chain without a service is called where nobody has named it. */
export const unnamed = 'client'
