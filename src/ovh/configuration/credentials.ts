/** Made together in OVH's console; the consumer key carries rights and an end. */
export interface ApplicationKeyCredentials {
  applicationKey: string;
  applicationSecret: string;
  consumerKey: string;
}

/** OAuth2, a service account. */
export interface ClientCredentials {
  clientId: string;
  clientSecret: string;
}

/** A ready-made bearer token. */
export interface AccessToken {
  accessToken: string;
}

export type Credentials = ApplicationKeyCredentials | ClientCredentials | AccessToken;

/** Asked for the credentials before the first call, and again after OVH refused those it gave. */
export type CredentialSource = () => Credentials | Promise<Credentials>;
